// SPDX-License-Identifier: MIT OR Apache-2.0
// Round-trip time of a path. [RFC 9002 §5], [quic.md §7.2]
#pragma once

#include <algorithm>

#include "quic/types.hpp"

namespace iroh::quic {

inline constexpr Duration initial_rtt_default = base::milliseconds(333);

class RttEstimator {
 public:
  explicit RttEstimator(Duration initial = initial_rtt_default) noexcept { set_initial(initial); }

  /// A better guess than 333 ms, for example the time a PATH_RESPONSE took. It is not a sample: the first sample
  /// replaces it. No effect after a sample.
  void set_initial(Duration rtt) noexcept;
  /// ack_delay is already limited to what the peer promised.
  void on_sample(Duration latest, Duration ack_delay) noexcept;
  /// [RFC 9002 §5.2] The path may have changed under persistent congestion: the minimum starts again.
  void reset_min() noexcept { min_ = latest_; }

  bool has_sample() const noexcept { return has_sample_; }
  Duration latest() const noexcept { return latest_; }
  Duration smoothed() const noexcept { return smoothed_; }
  Duration variance() const noexcept { return variance_; }
  Duration min() const noexcept { return min_; }
  /// [RFC 9002 §6.2.1] One probe timeout without backoff; the ack delay is 0 in Initial and Handshake.
  Duration pto_base(Duration max_ack_delay) const noexcept {
    return smoothed_ + std::max(4 * variance_, timer_granularity) + max_ack_delay;
  }

 private:
  bool has_sample_ = false;
  Duration latest_{};
  Duration smoothed_{};
  Duration variance_{};
  Duration min_{};
};

}  // namespace iroh::quic
