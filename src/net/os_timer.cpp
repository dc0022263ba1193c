// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/os_timer.hpp"

#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "net/handler_slot.hpp"
#include "net/os_clock.hpp"

namespace iroh::net {
namespace {

/// What waits in the event loop refer to, so that they may outlive the timer.
struct TimerState {
  explicit TimerState(const boost::asio::any_io_executor& executor) : timer(executor) {}

  boost::asio::steady_timer timer;
  HandlerSlot slot;
  std::uint64_t generation = 0;  // a wait of an older one has been replaced, even if it has expired already
};

class OsTimer final : public Timer {
 public:
  explicit OsTimer(const boost::asio::any_io_executor& executor) : state_(std::make_shared<TimerState>(executor)) {}
  ~OsTimer() override { OsTimer::cancel(); }

  void arm(base::Instant deadline, std::move_only_function<void()> handler) override {
    const auto state = state_;  // a replaced handler may own this timer
    const auto replaced = std::exchange(state->slot.handler, std::move(handler));
    const std::uint64_t generation = ++state->generation;
    state->timer.expires_at(to_steady_clock(deadline));
    SlotHold hold(std::shared_ptr<HandlerSlot>(state, &state->slot));
    state->timer.async_wait([state, generation, hold = std::move(hold)](const error_code& error) mutable {
      const auto slot = hold.take();
      if (!error && generation == state->generation) slot->call();
    });
  }

  void cancel() override {
    const auto state = state_;
    ++state->generation;
    state->timer.cancel();
    state->slot.drop();
  }

 private:
  std::shared_ptr<TimerState> state_;
};

}  // namespace

std::unique_ptr<Timer> make_os_timer(const boost::asio::any_io_executor& executor) {
  return std::make_unique<OsTimer>(executor);
}

}  // namespace iroh::net
