// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/os_timer.hpp"

#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "net/os_clock.hpp"

namespace iroh::net {
namespace {

using Handler = std::move_only_function<void()>;

/// What waits in the event loop refer to, so that they may outlive the timer.
struct TimerState {
  explicit TimerState(const boost::asio::any_io_executor& executor) : timer(executor) {}

  boost::asio::steady_timer timer;
  Handler handler;
  std::uint64_t generation = 0;  // a wait of an older one has been replaced, even if it has expired already
};

class OsTimer final : public Timer {
 public:
  explicit OsTimer(const boost::asio::any_io_executor& executor) : state_(std::make_shared<TimerState>(executor)) {}
  ~OsTimer() override { OsTimer::cancel(); }

  void arm(base::Instant deadline, Handler handler) override {
    // The old handler is destroyed last: it may own this timer.
    const Handler replaced = std::exchange(state_->handler, std::move(handler));
    const std::uint64_t generation = ++state_->generation;
    state_->timer.expires_at(to_steady_clock(deadline));
    state_->timer.async_wait([state = state_, generation](const error_code& error) {
      if (error || generation != state->generation) return;
      Handler due = std::exchange(state->handler, nullptr);
      if (due) due();
    });
  }

  void cancel() override {
    ++state_->generation;
    const auto state = state_;
    state->timer.cancel();
    const Handler dropped = std::exchange(state->handler, nullptr);
  }

 private:
  std::shared_ptr<TimerState> state_;
};

}  // namespace

std::unique_ptr<Timer> make_os_timer(const boost::asio::any_io_executor& executor) {
  return std::make_unique<OsTimer>(executor);
}

}  // namespace iroh::net
