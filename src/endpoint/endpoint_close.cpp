// SPDX-License-Identifier: MIT OR Apache-2.0
// EndpointState: the end. [endpoint.md §3.13]
#include <utility>

#include "base/log.hpp"
#include "endpoint/endpoint_state.hpp"

namespace iroh::endpoint {

void EndpointState::close(std::unique_ptr<Pending<>> operation) {
  const Lock lock(*this);
  // [endpoint.md 29] Later and concurrent calls return at once.
  if (is_closing()) return complete(std::move(operation));
  closing_ = std::move(operation);
  is_closing_ = true;
  core().set_accepting(false);
  // [endpoint.md §3.13] Whoever knocks is refused, pending accepts get nobody.
  for (const quic::NewIncoming& incoming : std::exchange(incoming_, {})) core().refuse(now(), incoming.id);
  end_accepts();
  // [endpoint.md 30] Code 0 and no reason, to every peer.
  for (const auto& [handle, connection] : connections_) connection->close_locked(0, {});
  request_turn();
}

void EndpointState::end_accepts() {
  while (!accepting_.empty()) {
    auto operation = accepting_.pop();
    operation->complete({}, Incoming());
    finish(std::move(operation));
  }
}

void EndpointState::complete(std::unique_ptr<Pending<>> operation) {
  operation->complete({});
  finish(std::move(operation));
}

void EndpointState::on_turn_end() {
  if (!is_closing()) return;
  // [endpoint.md 66] Peers that have answered, or closed first, need no more of us; others have their closing period.
  for (const auto& [handle, connection] : connections_) {
    // The peer of a handshake that never ended is told once; it does not answer.
    if (!connection->was_connected()) continue;
    const quic::Connection* closing = core().connection(handle);
    if (closing != nullptr && !closing->is_draining()) return;
  }
  request_stop();
}

void EndpointState::drop() {
  const Lock lock(*this);
  if (is_stopped()) return;
  if (!is_closing_.exchange(true)) {
    base::log(base::LogLevel::error, "endpoint", "{} dropped without close, {} connections are cut",
              id().short_string(), connections_.size());
  }
  request_stop();
}

namespace {

/// The user's objects are destroyed without the lock, as operations are.
class Release final : public Operation {
 public:
  explicit Release(std::shared_ptr<const void> object) noexcept : object_(std::move(object)) {}
  void fail(error_code) override {}
  void post(const asio::any_io_executor&) override {}

 private:
  std::shared_ptr<const void> object_;
};

}  // namespace

void EndpointState::on_stopped() {
  is_closing_ = true;
  // Hooks and filters may refer to connections of this endpoint, which would keep each other alive.
  finish(std::make_unique<Release>(std::exchange(hooks_, nullptr)));
  finish(std::make_unique<Release>(std::exchange(incoming_filter_, nullptr)));
  incoming_.clear();
  for (const auto& [handle, connection] : connections_) connection->finish({.kind = CloseReason::Kind::locally_closed});
  connections_.clear();
  while (!dialling_.empty()) fail(dialling_.pop(), EndpointError::closed);
  end_accepts();
  if (closing_ != nullptr) complete(std::move(closing_));
  while (!waiting_closed_.empty()) complete(waiting_closed_.pop());
}

void EndpointState::wait_closed(std::unique_ptr<Pending<>> operation) {
  const Lock lock(*this);
  if (is_stopped()) return complete(std::move(operation));
  waiting_closed_.push(std::move(operation));
}

void EndpointState::cancel(std::uint64_t operation) {
  const Lock lock(*this);
  if (auto found = accepting_.take(operation)) return fail(std::move(found), asio::error::operation_aborted);
  if (auto found = waiting_closed_.take(operation)) fail(std::move(found), asio::error::operation_aborted);
  if (closing_ != nullptr && closing_->id() == operation) fail(std::move(closing_), asio::error::operation_aborted);
  if (auto found = dialling_.take(operation)) return fail(std::move(found), asio::error::operation_aborted);
  for (const auto& [handle, connection] : connections_) {
    if (connection->cancel_connect(operation)) return;
  }
}

}  // namespace iroh::endpoint
