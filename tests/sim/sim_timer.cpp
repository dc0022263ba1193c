// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/sim_timer.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "tests/sim/world.hpp"

namespace iroh::sim {

SimTimer::SimTimer(World& world, boost::asio::any_io_executor executor)
    : world_(world), executor_(std::move(executor)), state_(std::make_shared<State>()) {}

void SimTimer::arm(base::Instant deadline, std::move_only_function<void()> handler) {
  const auto state = state_;
  const auto replaced = std::exchange(state->handler, nullptr);  // destroyed last: it may own this timer
  world_.events().cancel(scheduled_);
  state->handler = std::move(handler);
  const std::uint64_t generation = ++state->generation;
  // Twice a hold: the event may never happen, and the posted call may never run.
  auto fire = [executor = executor_, state, generation, hold = net::SlotHold(state)]() mutable {
    boost::asio::post(executor, [state, generation, hold = net::SlotHold(hold.take())]() mutable {
      const auto slot = hold.take();
      if (generation == state->generation) slot->call();
    });
  };
  scheduled_ = world_.events().schedule(std::max(deadline, world_.now()), std::move(fire));
}

void SimTimer::cancel() {
  const auto state = state_;
  ++state->generation;
  world_.events().cancel(scheduled_);
  state->drop();
}

}  // namespace iroh::sim
