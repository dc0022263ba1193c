// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/path_subscriptions.hpp"

#include "endpoint/connection_state.hpp"
#include "endpoint/empty_handle.hpp"

namespace iroh {
namespace endpoint {

// ---- Events

void PathEventQueue::next(std::unique_ptr<Next> operation) {
  const Driver::Lock lock(connection_->driver());
  waiting_.push(std::move(operation));
  deliver();
}

void PathEventQueue::push(const PathEvent& event) {
  // [endpoint.md 32] Without the bound a subscriber that never reads would grow with whatever its peer does.
  if (events_.size() >= PathEvents::buffered_max) {
    events_.erase(events_.begin());
    ++missed_;
  }
  events_.push_back(event);
  deliver();
}

void PathEventQueue::end() {
  is_over_ = true;
  deliver();
}

void PathEventQueue::deliver() {
  while (!waiting_.empty()) {
    auto event = take();
    if (!event && !is_over_) return;
    auto operation = waiting_.pop();
    operation->complete({}, std::move(event));
    connection_->driver().finish(std::move(operation));
  }
}

std::optional<PathEvent> PathEventQueue::take() {
  if (missed_ > 0) {
    PathEvent lagged{.kind = PathEvent::Kind::lagged};
    lagged.missed = std::exchange(missed_, 0);
    return lagged;
  }
  if (events_.empty()) return std::nullopt;
  PathEvent event = std::move(events_.front());
  events_.erase(events_.begin());
  return event;
}

void PathEventQueue::cancel(std::uint64_t operation) {
  const Driver::Lock lock(connection_->driver());
  if (auto found = waiting_.take(operation)) {
    connection_->driver().fail(std::move(found), asio::error::operation_aborted);
  }
}

// ---- Lists

void PathListWatch::next(std::unique_ptr<Next> operation) {
  const Driver::Lock lock(connection_->driver());
  waiting_.push(std::move(operation));
  deliver();
}

void PathListWatch::on_changed() {
  is_changed_ = true;
  deliver();
}

void PathListWatch::end() {
  is_over_ = true;
  deliver();
}

void PathListWatch::deliver() {
  while (!waiting_.empty() && (is_over_ || is_changed_)) {
    auto operation = waiting_.pop();
    if (is_over_) {
      operation->complete({}, std::nullopt);
    } else {
      is_changed_ = false;
      operation->complete({}, connection_->paths_locked());
    }
    connection_->driver().finish(std::move(operation));
  }
}

void PathListWatch::cancel(std::uint64_t operation) {
  const Driver::Lock lock(connection_->driver());
  if (auto found = waiting_.take(operation)) {
    connection_->driver().fail(std::move(found), asio::error::operation_aborted);
  }
}

// ---- The public handles

namespace {

template <class Subscription, class Value>
void start_next_of(CompletionHandler<std::optional<Value>> handler, std::shared_ptr<Subscription> subscription) {
  if (subscription == nullptr) return fail_empty(std::move(handler), error_code());
  const auto target = subscription;  // outlives the lock, whatever happens to the operation
  auto operation = std::make_unique<Pending<std::optional<Value>>>(std::move(handler), std::move(subscription));
  operation->enable_cancellation(std::weak_ptr(target), target->connection().driver().next_operation_id());
  target->next(std::move(operation));
}

}  // namespace
}  // namespace endpoint

void PathEvents::start_next(CompletionHandler<std::optional<PathEvent>> handler, Queue queue) {
  endpoint::start_next_of(std::move(handler), std::move(queue));
}

void PathsStream::start_next(CompletionHandler<std::optional<std::vector<Path>>> handler, Watch watch) {
  endpoint::start_next_of(std::move(handler), std::move(watch));
}

}  // namespace iroh
