// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/service/watchdog.hpp"

#include <utility>

namespace iroh::blobs {

using Clock = std::chrono::steady_clock;

struct Watchdog::State {
  State(const boost::asio::any_io_executor& executor, std::function<void()> call)
      : timer(executor), on_expired(std::move(call)) {}

  boost::asio::steady_timer timer;
  std::function<void()> on_expired;
  std::chrono::milliseconds patience{};
  Clock::time_point deadline = Clock::time_point::max();
  Clock::duration left{};  ///< when it was paused
  bool has_expired = false;

  static void wait(const std::shared_ptr<State>& state) {
    // While paused it looks again now and then.
    const auto next = state->deadline == Clock::time_point::max() ? Clock::now() + state->patience / 4 : state->deadline;
    state->timer.expires_at(next);
    state->timer.async_wait([weak = std::weak_ptr(state)](const boost::system::error_code& error) {
      const auto alive = weak.lock();
      if (!alive || error) return;
      if (Clock::now() < alive->deadline) return wait(alive);
      alive->has_expired = true;
      if (const auto call = std::exchange(alive->on_expired, nullptr)) call();
    });
  }
};

Watchdog::Watchdog(const boost::asio::any_io_executor& executor, std::chrono::milliseconds patience,
                   std::function<void()> on_expired)
    : state_(std::make_shared<State>(executor, std::move(on_expired))) {
  restart(patience);
}

Watchdog::~Watchdog() {
  state_->on_expired = nullptr;
  state_->timer.cancel();
}

void Watchdog::touch() {
  if (state_->patience.count() > 0) state_->deadline = Clock::now() + state_->patience;
}

void Watchdog::restart(std::chrono::milliseconds patience) {
  if (state_->has_expired) return;
  state_->patience = patience;
  state_->deadline = Clock::time_point::max();
  touch();
  if (patience.count() > 0) {
    State::wait(state_);
  } else {
    state_->timer.cancel();
  }
}

void Watchdog::pause() noexcept {
  if (state_->deadline == Clock::time_point::max()) return;
  state_->left = state_->deadline - Clock::now();
  state_->deadline = Clock::time_point::max();
}

void Watchdog::resume() noexcept {
  if (state_->patience.count() > 0) state_->deadline = Clock::now() + state_->left;
}

bool Watchdog::has_expired() const noexcept {
  return state_->has_expired;
}

}  // namespace iroh::blobs
