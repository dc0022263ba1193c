// SPDX-License-Identifier: MIT OR Apache-2.0
// A timer in virtual time.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "net/handler_slot.hpp"
#include "net/platform.hpp"
#include "tests/sim/event_queue.hpp"

namespace iroh::sim {

class World;

class SimTimer final : public net::Timer {
 public:
  SimTimer(World& world, boost::asio::any_io_executor executor);
  ~SimTimer() override { SimTimer::cancel(); }

  void arm(base::Instant deadline, std::move_only_function<void()> handler) override;
  void cancel() override;

 private:
  struct State : net::HandlerSlot {
    std::uint64_t generation = 0;
  };

  World& world_;
  boost::asio::any_io_executor executor_;
  std::shared_ptr<State> state_;
  EventQueue::Key scheduled_;
};

}  // namespace iroh::sim
