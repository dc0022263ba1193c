// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/router_state.hpp"

#include <algorithm>
#include <boost/asio/append.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "endpoint/incoming_filter.hpp"

namespace iroh::endpoint {
namespace {

namespace asio = boost::asio;

/// What an exception that left a handler means.
enum class Failure { none, of_this_connection, fatal };

Failure judge(const std::exception_ptr& failure, std::string& text) {
  if (!failure) return Failure::none;
  try {
    std::rethrow_exception(failure);
  } catch (const FatalError& error) {
    text = error.what();
    return Failure::fatal;
  } catch (const std::logic_error& error) {
    text = error.what();
    return Failure::fatal;
  } catch (const std::exception& error) {
    text = error.what();
  } catch (...) {
    text = "an exception of unknown type";
  }
  return Failure::of_this_connection;
}

}  // namespace

RouterState::RouterState(Endpoint endpoint)
    : endpoint_(std::move(endpoint)), strand_(asio::make_strand(endpoint_.executor())) {}

void RouterState::start() {
  asio::post(strand_, [self = shared_from_this()] {
    if (self->is_shutdown()) return;
    asio::co_spawn(self->strand_, accept_loop(self),
                   asio::bind_cancellation_slot(self->cancel_loop_.slot(), asio::detached));
  });
}

// ---- Protocols

void RouterState::add(std::string alpn, std::shared_ptr<ProtocolHandler> handler) {
  std::vector<std::string> alpns;
  {
    const std::lock_guard lock(mutex_);
    const auto known = std::ranges::find(handlers_, alpn, [](const auto& entry) { return entry.first; });
    if (known != handlers_.end()) {
      known->second = std::move(handler);
    } else {
      handlers_.emplace_back(std::move(alpn), std::move(handler));
    }
    for (const auto& [name, unused] : handlers_) alpns.push_back(name);
  }
  // [endpoint.md 60] The order of registration is the order of preference.
  const auto set = endpoint_.set_alpns(std::move(alpns));
  if (!set) base::log(base::LogLevel::warn, "router", "the endpoint takes no protocols: {}", set.error().message());
}

void RouterState::set_filter(IncomingFilter filter) {
  const std::lock_guard lock(mutex_);
  filter_ = std::move(filter);
}

std::shared_ptr<ProtocolHandler> RouterState::find(std::string_view alpn) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find(handlers_, alpn, [](const auto& entry) -> std::string_view { return entry.first; });
  return found == handlers_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<ProtocolHandler>> RouterState::handlers() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<ProtocolHandler>> result;
  for (const auto& [alpn, handler] : handlers_) result.push_back(handler);
  return result;
}

FilterOutcome RouterState::filter(const Incoming& incoming) {
  IncomingFilter filter;
  {
    const std::lock_guard lock(mutex_);
    filter = filter_;
  }
  return ask_filter(filter, incoming);
}

// ---- Accepting

Task<> RouterState::accept_loop(std::shared_ptr<RouterState> self) {
  try {
    while (Incoming incoming = co_await self->endpoint_.accept()) self->on_incoming(std::move(incoming));
  } catch (const boost::system::system_error&) {
    co_return;  // cancelled: a shutdown is under way, or the router was dropped
  }
  self->begin_shutdown();  // [endpoint.md 59] closing the endpoint ends the router
}

void RouterState::on_incoming(Incoming incoming) {
  // [endpoint.md 57]
  if (turn_away(incoming, filter(incoming))) return;
  spawn(serving_, serve(shared_from_this(), std::move(incoming)));
}

Task<> RouterState::serve(std::shared_ptr<RouterState> self, Incoming incoming) {
  Connection connection = co_await incoming.accept();
  const auto handler = self->find(connection.alpn());
  if (handler == nullptr) {
    base::log(base::LogLevel::warn, "router", "no handler for the protocol that was negotiated");
    co_return;
  }
  co_await handler->accept(std::move(connection));
}

void RouterState::spawn(Group& group, Task<> task) {
  auto running = std::make_shared<Running>(asio::make_strand(endpoint_.executor()));
  group.members.push_back(running);
  auto on_end = [self = shared_from_this(), &group, running](const std::exception_ptr& failure) {
    self->on_ended(group, running, failure);
  };
  asio::co_spawn(running->strand, std::move(task),
                 asio::bind_cancellation_slot(running->cancel.slot(), asio::bind_executor(strand_, std::move(on_end))));
}

void RouterState::on_ended(Group& group, const std::shared_ptr<Running>& running, const std::exception_ptr& failure) {
  group.members.remove(running);
  group.changed.cancel();
  std::string text;
  const Failure kind = judge(failure, text);
  if (kind == Failure::none || (kind == Failure::of_this_connection && is_shutdown())) return;
  base::log(base::LogLevel::warn, "router", "a handler failed: {}", text);
  if (kind != Failure::fatal) return;
  has_failed_ = true;
  begin_shutdown();
}

// ---- The end

void RouterState::shutdown(CompletionHandler<> handler) {
  asio::co_spawn(
      strand_, wait_shutdown(shared_from_this()),
      [self = shared_from_this(), handler = std::move(handler)](const std::exception_ptr&, error_code error) mutable {
        asio::post(self->strand_, asio::append(std::move(handler), error));
      });
}

Task<error_code> RouterState::wait_shutdown(std::shared_ptr<RouterState> self) {
  if (std::exchange(self->is_shutdown_called_, true)) co_return error_code();
  self->begin_shutdown();
  while (!self->is_over_) co_await self->over_.async_wait(asio::as_tuple(asio::deferred));
  co_return self->has_failed_ ? make_error_code(EndpointError::handler_failed) : error_code();
}

void RouterState::begin_shutdown() {
  if (is_shutdown_.exchange(true)) return;
  asio::co_spawn(strand_, shut_down(shared_from_this()), asio::detached);
}

/// [endpoint.md 58] The order can be observed: handlers may close their connections before anybody else does.
Task<> RouterState::shut_down(std::shared_ptr<RouterState> self) {
  self->cancel_loop_.emit(asio::cancellation_type::terminal);
  for (auto& handler : self->handlers()) self->spawn(self->shutting_down_, shut_down_handler(std::move(handler)));
  co_await wait_empty(self->shutting_down_);
  self->cancel_serving();
  co_await self->endpoint_.close();
  co_await wait_empty(self->serving_);
  self->is_over_ = true;
  self->over_.cancel();
}

Task<> RouterState::shut_down_handler(std::shared_ptr<ProtocolHandler> handler) {
  co_await handler->shutdown();
}

Task<> RouterState::wait_empty(Group& group) {
  while (!group.members.empty()) co_await group.changed.async_wait(asio::as_tuple(asio::deferred));
}

void RouterState::cancel_serving() {
  for (const auto& running : serving_.members) {
    asio::dispatch(running->strand, [running] { running->cancel.emit(asio::cancellation_type::terminal); });
  }
}

void RouterState::drop() {
  asio::post(strand_, [self = shared_from_this()] {
    if (self->is_shutdown_.exchange(true)) return;
    self->is_over_ = true;
    self->cancel_loop_.emit(asio::cancellation_type::terminal);
    self->cancel_serving();
  });
}

}  // namespace iroh::endpoint
