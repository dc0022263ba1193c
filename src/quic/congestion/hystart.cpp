// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/congestion/hystart.hpp"

#include <algorithm>

namespace iroh::quic {

namespace {
// [RFC 9406 §4.3]
constexpr Duration rtt_threshold_min = base::milliseconds(4);
constexpr Duration rtt_threshold_max = base::milliseconds(16);
constexpr int rtt_threshold_divisor = 8;
constexpr unsigned samples_needed = 8;
constexpr std::uint64_t conservative_growth_divisor = 4;
constexpr unsigned conservative_rounds_max = 5;
}  // namespace

bool HyStart::on_ack(Instant now, Instant newest_sent_time, Duration latest_rtt) {
  if (phase_ == Phase::done) return false;
  if (!in_round_ || newest_sent_time >= round_start_) {
    start_round(now);
    if (phase_ == Phase::conservative && ++conservative_rounds_ > conservative_rounds_max) {
      phase_ = Phase::done;
      return true;
    }
  }
  this_round_min_ = std::min(this_round_min_, latest_rtt);
  if (++samples_ < samples_needed) return false;

  if (phase_ == Phase::slow_start && last_round_min_ != Duration::max()) {
    const auto threshold = std::clamp(last_round_min_ / rtt_threshold_divisor, rtt_threshold_min, rtt_threshold_max);
    if (this_round_min_ >= last_round_min_ + threshold) {
      baseline_min_ = this_round_min_;
      conservative_rounds_ = 0;
      phase_ = Phase::conservative;
    }
  } else if (phase_ == Phase::conservative && this_round_min_ < baseline_min_) {
    phase_ = Phase::slow_start;  // the rise was jitter
  }
  return false;
}

void HyStart::start_round(Instant now) noexcept {
  in_round_ = true;
  round_start_ = now;
  last_round_min_ = this_round_min_;
  this_round_min_ = Duration::max();
  samples_ = 0;
}

std::uint64_t HyStart::growth(std::uint64_t acked_bytes) const noexcept {
  return phase_ == Phase::conservative ? acked_bytes / conservative_growth_divisor : acked_bytes;
}

}  // namespace iroh::quic
