// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/service/observation.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>

#include "blobs/service/store_thread.hpp"

namespace iroh::blobs {

namespace {

/// Not inside a call of the application.
template <class... T>
void complete_later(const std::weak_ptr<StoreCore>& weak, Completion<T...> completion, error_code error, T... values) {
  const auto core = weak.lock();
  // Without a core the store is closed, and its thread gone.
  if (!core) return completion.post(asio::system_executor(), error, std::move(values)...);
  core->post([completion = std::move(completion), error, ... values = std::move(values)](StoreCore&) mutable {
    completion(error, std::move(values)...);
  });
}

}  // namespace

void Observation::update(const Bitfield& bitfield) {
  {
    const std::lock_guard lock(mutex_);
    if (told_ == bitfield && !latest_) return;
    latest_ = bitfield;
  }
  deliver();
}

void Observation::end() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  deliver();
}

/// Handlers are user code: they are not touched while the lock is held.
void Observation::deliver() {
  std::optional<Waiting> ready;
  std::optional<Bitfield> bitfield;
  {
    const std::lock_guard lock(mutex_);
    if (!waiting_ || (!latest_ && !is_over_)) return;
    ready = std::move(waiting_);
    waiting_.reset();
    bitfield = std::exchange(latest_, std::nullopt);
    if (bitfield) told_ = bitfield;
  }
  complete_later(core_, std::move(ready->completion), error_code(), std::move(bitfield));
}

void Observation::next(CompletionHandler<std::optional<Bitfield>> handler, const std::shared_ptr<Observation>& self) {
  auto slot = asio::get_associated_cancellation_slot(handler);
  std::optional<Waiting> previous;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t id = ++last_id_;
    if (slot.is_connected()) {
      slot.assign([weak = std::weak_ptr(self), id](asio::cancellation_type type) {
        if (type == asio::cancellation_type::none) return;
        if (const auto alive = weak.lock()) alive->cancel(id);
      });
    }
    previous = std::move(waiting_);
    waiting_.emplace(id, Completion<std::optional<Bitfield>>(std::move(handler)));
  }
  if (previous) abort(std::move(*previous));
  deliver();
}

void Observation::cancel(std::uint64_t id) {
  std::optional<Waiting> cancelled;
  {
    const std::lock_guard lock(mutex_);
    if (!waiting_ || waiting_->id != id) return;
    cancelled = std::move(waiting_);
    waiting_.reset();
  }
  abort(std::move(*cancelled));
}

void Observation::abort(Waiting waiting) {
  complete_later(core_, std::move(waiting.completion), error_code(asio::error::operation_aborted),
                 std::optional<Bitfield>());
}

}  // namespace iroh::blobs
