// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/recovery/rtt_estimator.hpp"

namespace iroh::quic {

void RttEstimator::set_initial(Duration rtt) noexcept {
  if (has_sample_) return;
  latest_ = rtt;
  smoothed_ = rtt;
  variance_ = rtt / 2;
  min_ = rtt;
}

void RttEstimator::on_sample(Duration latest, Duration ack_delay) noexcept {
  latest_ = std::max(latest, Duration::zero());
  if (!has_sample_) {
    has_sample_ = true;
    min_ = latest_;
    smoothed_ = latest_;
    variance_ = latest_ / 2;
    return;
  }
  // [RFC 9002 §5.2] The minimum is not adjusted by the peer's word.
  min_ = std::min(min_, latest_);
  // [RFC 9002 §5.3] The delay may not push a sample below the minimum.
  const auto adjusted = latest_ >= min_ + ack_delay ? latest_ - ack_delay : latest_;
  const auto deviation = smoothed_ > adjusted ? smoothed_ - adjusted : adjusted - smoothed_;
  variance_ = (3 * variance_ + deviation) / 4;
  smoothed_ = (7 * smoothed_ + adjusted) / 8;
}

}  // namespace iroh::quic
