// SPDX-License-Identifier: MIT OR Apache-2.0
// A call of the application that has begun and not yet completed: its handler, its result, and what it keeps alive.
//
// Handlers are user code: they are neither run nor destroyed while the endpoint is locked. An operation that is done
// goes to Driver::Lock, which posts and deletes it after unlocking.
#pragma once

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "base/assert.hpp"
#include "iroh/endpoint/async.hpp"

namespace iroh::endpoint {

namespace asio = boost::asio;

class Operation {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() = default;

  /// Sets the result: this error, and empty values.
  virtual void fail(error_code error) = 0;
  /// Hands the result to the handler's executor, by way of another one; never runs the handler inside.
  virtual void post(const asio::any_io_executor& through) = 0;

  /// Names the operation for cancel(), never reused.
  std::uint64_t id() const noexcept { return id_; }

 private:
  template <class>
  friend class OperationList;
  template <class, class...>
  friend class PendingOf;

  std::uint64_t id_ = 0;
  Operation* next_ = nullptr;
};

/// An operation with a handler for void(error_code, T...). Base is Operation or derives from it.
template <class Base, class... T>
class PendingOf : public Base {
 public:
  /// keep: a handle that lives as long as the operation.
  explicit PendingOf(CompletionHandler<T...> handler, std::shared_ptr<const void> keep = nullptr)
      : work_(asio::prefer(asio::get_associated_executor(handler, asio::any_completion_executor()),
                           asio::execution::outstanding_work.tracked)),
        handler_(std::move(handler)),
        keep_(std::move(keep)) {}

  void complete(error_code error, T... values) { result_.emplace(error, std::move(values)...); }
  void fail(error_code error) override { complete(error, T()...); }

  void post(const asio::any_io_executor& through) override {
    IROH_ASSERT(result_.has_value());
    std::apply(
        [&](auto&&... values) {
          asio::post(through, asio::append(std::move(handler_), std::forward<decltype(values)>(values)...));
        },
        *std::move(result_));
  }

  /// Makes the handler's cancellation slot call state->cancel(id). Must come before anything can complete the
  /// operation: slots belong to the caller's executor and are touched nowhere else.
  template <class State>
  void enable_cancellation(std::weak_ptr<State> state, std::uint64_t id) {
    Operation::id_ = id;
    auto slot = asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected()) return;
    slot.assign([state = std::move(state), id](asio::cancellation_type type) {
      if (type == asio::cancellation_type::none) return;
      if (const auto alive = state.lock()) alive->cancel(id);
    });
  }

 private:
  asio::any_completion_executor work_;  // the handler's context must not run out of work meanwhile
  CompletionHandler<T...> handler_;
  std::shared_ptr<const void> keep_;
  std::optional<std::tuple<error_code, T...>> result_;
};

template <class... T>
using Pending = PendingOf<Operation, T...>;

/// Owns operations, first in, first out, without allocating.
template <class Op>
class OperationList {
 public:
  OperationList() = default;
  OperationList(OperationList&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), last_(std::exchange(other.last_, nullptr)) {}
  OperationList& operator=(OperationList&&) = delete;
  ~OperationList() {
    while (!empty()) pop();
  }

  bool empty() const noexcept { return first_ == nullptr; }
  Op& front() const noexcept { return static_cast<Op&>(*first_); }

  void push(std::unique_ptr<Op> operation) noexcept {
    Operation* added = operation.release();
    (last_ != nullptr ? last_->next_ : first_) = added;
    last_ = added;
  }
  std::unique_ptr<Op> pop() noexcept {
    Operation* operation = first_;
    first_ = std::exchange(operation->next_, nullptr);
    if (first_ == nullptr) last_ = nullptr;
    return std::unique_ptr<Op>(static_cast<Op*>(operation));
  }
  /// Null if it is not here.
  std::unique_ptr<Op> take(std::uint64_t id) noexcept {
    Operation* previous = nullptr;
    for (Operation* at = first_; at != nullptr; previous = at, at = at->next_) {
      if (at->id_ != id) continue;
      (previous != nullptr ? previous->next_ : first_) = std::exchange(at->next_, nullptr);
      if (last_ == at) last_ = previous;
      return std::unique_ptr<Op>(static_cast<Op*>(at));
    }
    return nullptr;
  }

 private:
  Operation* first_ = nullptr;
  Operation* last_ = nullptr;
};

}  // namespace iroh::endpoint
