// SPDX-License-Identifier: MIT OR Apache-2.0
// Chooses the receive window of one stream: enough for the rate at which the application reads, over the round-trip
// time, and no more; within the endpoint's budget. [performance.md §3]
#pragma once

#include <cstdint>
#include <optional>

#include "quic/stream/flow_budget.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

class WindowTuner {
 public:
  /// [performance.md §3] More than this in flight leaves the caches, and on such paths nothing is gained by it.
  static constexpr std::uint64_t local_window_max = 2'000'000;
  static constexpr Duration local_rtt = base::milliseconds(1);
  static constexpr Duration shrink_after = base::seconds(10);

  /// initial: what the transport parameters promised; the window never falls below it. Without a budget it stays there.
  WindowTuner(std::uint64_t initial, FlowBudget* budget) noexcept
      : initial_(initial), window_(initial), reservation_(budget) {}

  std::uint64_t window() const noexcept { return window_; }
  /// When an update is about to be sent. consumed: bytes read ever; waiting: received, not read.
  std::uint64_t update(Instant now, Duration rtt, std::uint64_t consumed, std::uint64_t waiting) noexcept;
  /// The peer says that our limit holds it back, and nothing waits to be read: twice as much, once per round trip. What
  /// a peer gains by lying is a larger part of the budget, as by sending fast.
  std::uint64_t on_peer_blocked(Instant now, Duration rtt) noexcept;

 private:
  void set(std::uint64_t window) noexcept;
  void grow_towards(std::uint64_t target, Duration rtt) noexcept;
  void note_low(Instant now) noexcept;

  std::uint64_t initial_;
  std::uint64_t window_;
  FlowReservation reservation_;  // for what window_ exceeds initial_ by
  std::optional<Instant> epoch_start_;
  std::uint64_t consumed_before_ = 0;  // the epoch
  std::optional<Instant> low_since_;
  std::optional<Instant> doubled_at_;
};

}  // namespace iroh::quic
