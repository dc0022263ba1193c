// SPDX-License-Identifier: MIT OR Apache-2.0
// Asks the peer for fewer acknowledgements while we send much: an ACK for every two packets costs both sides more than
// the packets. Only for peers that sent min_ack_delay. [performance.md §2.6], [draft-ietf-quic-ack-frequency §4]
#pragma once

#include <cstdint>
#include <optional>

#include "quic/frame/ack_frequency_frame.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

class AckFrequencySender {
 public:
  static constexpr std::uint64_t threshold_min = 2;
  static constexpr std::uint64_t threshold_max = 64;
  /// In the round trips after a loss and in slow start, unless the window is large: then it needs news soon.
  static constexpr std::uint64_t threshold_cautious = 10;
  static constexpr std::uint64_t window_packets_large = 1024;
  static constexpr Duration delay_min = base::milliseconds(1);
  static constexpr Duration delay_max = base::milliseconds(25);
  /// Ours of loss detection: a receiver need not hurry for less.
  static constexpr std::uint64_t reordering_threshold = 3;

  struct Conditions {
    Duration rtt{};
    std::uint64_t window_packets = 0;
    std::uint64_t train_packets = 0;  ///< that we send at once
    bool is_in_slow_start = false;
  };

  /// The peer takes ACK_FREQUENCY frames, and delays of at least this.
  void enable(Duration min_ack_delay) noexcept { min_ack_delay_ = min_ack_delay; }
  void on_loss(Instant now) noexcept { lost_at_ = now; }
  /// Asks again if that would change much, at most once per round trip.
  void update(Instant now, const Conditions& conditions) noexcept;

  bool needs_frame() const noexcept { return is_pending_; }
  AckFrequencyFrame frame() const noexcept;
  void on_written() noexcept;
  /// [quic.md §3.4] A fresh frame with the next sequence number, if the lost one was the latest.
  void on_lost(std::uint64_t sequence) noexcept;

 private:
  struct Request {
    std::uint64_t threshold = 1;
    Duration delay = delay_max;
  };
  Request wanted(Instant now, const Conditions& conditions) const noexcept;

  std::optional<Duration> min_ack_delay_;
  Request request_;  // the latest; at first what a peer does by itself [RFC 9000 §13.2]
  bool is_pending_ = false;
  std::uint64_t next_sequence_ = 0;
  std::optional<Instant> changed_at_;
  std::optional<Instant> lost_at_;
};

}  // namespace iroh::quic
