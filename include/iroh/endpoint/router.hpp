// SPDX-License-Identifier: MIT OR Apache-2.0
/// Router: hands each connection to the handler of its protocol. [endpoint.md §6]
///
///   auto router = iroh::Router(endpoint).accept("example/echo/1", echo);
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "iroh/endpoint/async.hpp"
#include "iroh/endpoint/connection.hpp"
#include "iroh/endpoint/endpoint.hpp"
#include "iroh/endpoint/incoming.hpp"
#include "iroh/endpoint/task.hpp"

namespace iroh {

namespace endpoint {
class RouterHandle;
}

/// A protocol as an object. An exception that leaves accept() or shutdown() concerns that call alone and is logged,
/// except FatalError and std::logic_error: they are the program's own, end the router and close the endpoint.
class ProtocolHandler {
 public:
  virtual ~ProtocolHandler() = default;
  /// Once per connection; each call runs on a strand of its own. Cancelled when the router shuts down.
  virtual Task<> accept(Connection connection) = 0;
  /// Called once when the router shuts down, while connections are still open: the time to close them with a code of
  /// one's own. Nothing by default.
  virtual Task<> shutdown();
};

class FatalError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

template <class F>
concept TaskFunction = requires(F& f, Connection c) {
  { f(std::move(c)) } -> std::same_as<Task<>>;
};
template <class F>
concept PlainFunction = requires(F& f, Connection c) {
  { f(std::move(c)) } -> std::same_as<void>;
};
template <class H>
concept HandlerObject = requires(H& h, Connection c) {
  { h.accept(std::move(c)) } -> std::same_as<Task<>>;
};

template <class H>
class HandlerAdapter final : public ProtocolHandler {
 public:
  explicit HandlerAdapter(H handler) : handler_(std::move(handler)) {}

  Task<> accept(Connection connection) override {
    if constexpr (HandlerObject<H>) {
      return handler_.accept(std::move(connection));
    } else if constexpr (TaskFunction<H>) {
      return handler_(std::move(connection));
    } else {
      return call(std::move(connection));
    }
  }
  Task<> shutdown() override {
    if constexpr (requires {
                    { handler_.shutdown() } -> std::same_as<Task<>>;
                  }) {
      return handler_.shutdown();
    } else {
      return ProtocolHandler::shutdown();
    }
  }

 private:
  Task<> call(Connection connection) {
    handler_(std::move(connection));
    co_return;
  }

  H handler_;
};

}  // namespace detail

/// A handle, cheap to copy. When the last copy goes without shutdown(), the router stops: no more connections are
/// accepted, running handlers are cancelled, but the endpoint stays open and shutdown() of the handlers is not called.
class Router {
 public:
  Router() noexcept = default;
  /// Takes over the endpoint's incoming connections, from now on.
  explicit Router(Endpoint endpoint);

  /// Adds a protocol: a function Connection -> Task<> or -> void, an object with accept(Connection) -> Task<> and maybe
  /// shutdown() -> Task<>, or a shared_ptr<ProtocolHandler>. The order of the calls is the order of preference. A later
  /// handler of the same protocol replaces the earlier in its place. [endpoint.md 56]
  template <class H>
  Router accept(std::string_view alpn, H handler) const {
    if constexpr (std::convertible_to<H, std::shared_ptr<ProtocolHandler>>) {
      add(std::string(alpn), std::move(handler));
    } else {
      static_assert(
          detail::TaskFunction<H> || detail::PlainFunction<H> || detail::HandlerObject<H>,
          "a protocol handler is a function Connection -> Task<>, or an object with accept(Connection) -> Task<>");
      add(std::string(alpn), std::make_shared<detail::HandlerAdapter<H>>(std::move(handler)));
    }
    return *this;
  }

  /// Asked for every client, quickly: it holds up all others. [endpoint.md 57]
  Router incoming_filter(IncomingFilter filter) const;

  const Endpoint& endpoint() const noexcept;

  /// Stops accepting, calls shutdown() of all handlers, cancels what runs, closes the endpoint, and completes when all
  /// handlers have ended; with EndpointError::handler_failed if a handler had failed fatally. A second call completes
  /// at once. [endpoint.md 58]
  template <class Token = DefaultToken>
  auto shutdown(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_shutdown, handle_);
  }
  /// True from the start of a shutdown on, whatever its cause.
  bool is_shutdown() const noexcept;

 private:
  using Handle = std::shared_ptr<endpoint::RouterHandle>;
  void add(std::string alpn, std::shared_ptr<ProtocolHandler> handler) const;
  static void start_shutdown(CompletionHandler<> handler, Handle handle);

  Handle handle_;
};

}  // namespace iroh
