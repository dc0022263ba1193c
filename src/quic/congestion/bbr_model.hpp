// SPDX-License-Identifier: MIT OR Apache-2.0
// What BBR believes about the path when nothing is lost: rounds, the largest bandwidth, the smallest round-trip time,
// how much acknowledgements come in bunches. [draft-ietf-ccwg-bbr §5.5.1-5.5.9]
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "quic/congestion/controller.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

/// The product of a rate in bytes per second and a time, in bytes.
std::uint64_t bytes_in(std::uint64_t rate, Duration time) noexcept;

class BbrModel {
 public:
  static constexpr Duration min_rtt_window = base::seconds(10);
  static constexpr Duration probe_rtt_interval = base::seconds(5);
  static constexpr std::uint64_t aggregation_window = 10;  ///< rounds

  // ---- per ACK, in this order
  void update_round_and_bandwidth(const DeliverySample& sample) noexcept;
  /// bandwidth: the one in force. Before the pipe was full, only the latest round is remembered.
  void update_aggregation(Instant now, std::uint64_t acked, std::uint64_t bandwidth, std::uint64_t window,
                          bool is_pipe_full) noexcept;
  void update_min_rtt(Instant now, Duration rtt) noexcept;

  // ---- rounds: from the sending of a packet to its acknowledgement [§5.5.1]
  bool is_round_start() const noexcept { return is_round_start_; }
  std::uint64_t round_count() const noexcept { return round_count_; }
  /// The present round ends when what is sent from now on arrives.
  void start_round() noexcept { round_ends_at_ = delivered_; }
  std::uint64_t delivered() const noexcept { return delivered_; }

  // ---- bandwidth
  /// The largest of this and the previous cycle of probing.
  std::uint64_t max_bandwidth() const noexcept { return std::max(bandwidths_[0], bandwidths_[1]); }
  void start_bandwidth_cycle() noexcept;

  // ---- round-trip time
  bool has_min_rtt() const noexcept { return min_rtt_ != Duration::max(); }
  Duration min_rtt() const noexcept { return min_rtt_; }
  /// The minimum was not confirmed for so long that the queue must be drained to measure it.
  bool is_probe_rtt_due() const noexcept { return is_probe_rtt_due_; }
  void on_probe_rtt_done(Instant now) noexcept { probe_min_at_ = now; }

  /// Bytes beyond the expected that were acknowledged in a bunch lately.
  std::uint64_t extra_acked() const noexcept { return std::max(extra_acked_[0], extra_acked_[1]); }
  void restart_aggregation(Instant now) noexcept;
  /// For another path of the same host: its counts of delivered bytes start again.
  void forget_counts() noexcept;

 private:
  std::uint64_t delivered_ = 0;  // on the path, ever
  std::uint64_t round_ends_at_ = 0;
  std::uint64_t round_count_ = 0;
  bool is_round_start_ = false;

  std::array<std::uint64_t, 2> bandwidths_{};  // of the previous cycle and of this one

  Duration min_rtt_ = Duration::max();
  Instant min_rtt_at_{};
  Duration probe_min_ = Duration::max();  // as min_rtt_, over the shorter window that decides about probing
  Instant probe_min_at_{};
  bool is_probe_rtt_due_ = false;

  std::array<std::uint64_t, 2> extra_acked_{};  // of the previous and of this half window
  std::uint64_t extra_acked_round_ = 0;         // when this half began
  Instant aggregation_start_{};
  std::uint64_t aggregated_ = 0;  // acknowledged since then
};

}  // namespace iroh::quic
