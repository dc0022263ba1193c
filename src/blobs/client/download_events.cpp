// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/client/download_events.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>

namespace iroh::blobs {

void DownloadEvents::push(DownloadEvent event) {
  {
    const std::lock_guard lock(mutex_);
    const bool is_progress = event.kind == DownloadEvent::Kind::progress;
    if (is_progress && !events_.empty() && events_.back().kind == DownloadEvent::Kind::progress) {
      events_.back() = std::move(event);
    } else {
      if (events_.size() >= waiting_max) events_.pop_front();
      events_.push_back(std::move(event));
    }
  }
  deliver();
}

void DownloadEvents::end(error_code error) {
  {
    const std::lock_guard lock(mutex_);
    if (end_) return;
    end_ = error;
  }
  deliver();
}

void DownloadEvents::deliver() {
  std::optional<Waiting> ready;
  std::optional<DownloadEvent> event;
  error_code error;
  {
    const std::lock_guard lock(mutex_);
    if (!waiting_ || (events_.empty() && !end_)) return;
    ready = std::move(waiting_);
    waiting_.reset();
    if (!events_.empty()) {
      event = std::move(events_.front());
      events_.pop_front();
    } else {
      error = *end_;
    }
  }
  ready->completion.post(executor_, error, std::move(event));
}

void DownloadEvents::next(CompletionHandler<std::optional<DownloadEvent>> handler,
                          const std::shared_ptr<DownloadEvents>& self) {
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
    waiting_.emplace(id, Completion<std::optional<DownloadEvent>>(std::move(handler)));
  }
  if (previous) previous->completion.post(executor_, asio::error::operation_aborted, std::nullopt);
  deliver();
}

void DownloadEvents::cancel(std::uint64_t id) {
  std::optional<Waiting> cancelled;
  {
    const std::lock_guard lock(mutex_);
    if (!waiting_ || waiting_->id != id) return;
    cancelled = std::move(waiting_);
    waiting_.reset();
  }
  cancelled->completion.post(executor_, asio::error::operation_aborted, std::nullopt);
}

}  // namespace iroh::blobs
