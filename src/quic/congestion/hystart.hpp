// SPDX-License-Identifier: MIT OR Apache-2.0
// HyStart++: leaves slow start when the round-trip time rises, before the queue overflows. [RFC 9406]
#pragma once

#include <cstdint>

#include "quic/types.hpp"

namespace iroh::quic {

class HyStart {
 public:
  enum class Phase : std::uint8_t { slow_start, conservative, done };

  /// Feeds the samples of one ACK. A round ends when a packet sent after its start is acknowledged.
  /// Returns true in the moment in which slow start has to end.
  bool on_ack(Instant now, Instant newest_sent_time, Duration latest_rtt);
  /// The part of the acknowledged bytes by which the window may grow in the present phase.
  std::uint64_t growth(std::uint64_t acked_bytes) const noexcept;
  void stop() noexcept { phase_ = Phase::done; }
  /// Persistent congestion: slow start begins again.
  void restart() noexcept { *this = HyStart{}; }
  Phase phase() const noexcept { return phase_; }

 private:
  void start_round(Instant now) noexcept;

  Phase phase_ = Phase::slow_start;
  bool in_round_ = false;
  Instant round_start_{};
  unsigned samples_ = 0;
  unsigned conservative_rounds_ = 0;
  Duration last_round_min_ = Duration::max();
  Duration this_round_min_ = Duration::max();
  Duration baseline_min_ = Duration::max();
};

}  // namespace iroh::quic
