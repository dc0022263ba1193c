// SPDX-License-Identifier: MIT OR Apache-2.0
// What losses have taught BBR: the volume that is safe in the long run, and, until the next probe, how much less the
// path seems to deliver just now. [draft-ietf-ccwg-bbr §5.5.10]
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "quic/congestion/controller.hpp"

namespace iroh::quic {

struct BbrBounds {
  static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();
  static constexpr double loss_threshold = 0.02;
  static constexpr double beta = 0.7;
  static constexpr double headroom = 0.15;

  std::uint64_t inflight_long = none;    ///< inflight_longterm of the draft
  std::uint64_t bandwidth_short = none;  ///< bytes per second
  std::uint64_t inflight_short = none;

  /// Does so much loss among so much in flight mean that too much was in flight?
  static bool is_too_high(std::uint64_t lost, std::uint64_t in_flight) noexcept {
    return static_cast<double>(lost) > static_cast<double>(in_flight) * loss_threshold;
  }
  /// The volume in flight at which losses passed the threshold, somewhere inside this packet.
  static std::uint64_t inflight_at_loss(const LostPacket& packet) noexcept;
  /// The long-term bound less what is left to others.
  std::uint64_t inflight_with_headroom(std::uint64_t mtu, std::uint64_t window_min) const noexcept;

  void forget_short_term() noexcept { bandwidth_short = inflight_short = none; }
  /// For an undo: no bound is tighter than before.
  void relax_to(const BbrBounds& before) noexcept;
};

/// What the latest round delivered, and what was lost in it.
class BbrRoundSignals {
 public:
  void forget() noexcept;
  /// Returns true if it is the first loss of the round.
  bool on_loss(std::uint64_t delivered_total) noexcept;
  void count_lost_ranges(std::span<const LostPacket> packets) noexcept;
  /// Near the beginning and near the end of an ACK.
  void update(const DeliverySample& sample) noexcept;
  void advance(const DeliverySample& sample) noexcept;
  void on_round_judged() noexcept { has_loss_ = false, lost_ranges_ = 0; }

  /// Feedback for all of the round has arrived: time to judge it.
  bool is_round_over() const noexcept { return is_round_over_; }
  bool has_loss() const noexcept { return has_loss_; }
  unsigned lost_ranges() const noexcept { return lost_ranges_; }
  std::uint64_t bandwidth() const noexcept { return bandwidth_; }
  std::uint64_t inflight() const noexcept { return inflight_; }
  void forget_counts() noexcept { round_ends_at_ = 0; }

  /// Slows down to what the round has delivered, but not faster than CUBIC would.
  void lower(BbrBounds& bounds, std::uint64_t max_bandwidth, std::uint64_t window) const noexcept;

 private:
  bool has_loss_ = false;
  bool is_round_over_ = false;
  unsigned lost_ranges_ = 0;
  std::uint64_t round_ends_at_ = 0;
  std::uint64_t bandwidth_ = 0;
  std::uint64_t inflight_ = 0;
};

}  // namespace iroh::quic
