// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/congestion/bbr_model.hpp"

#include <algorithm>
#include <chrono>

namespace iroh::quic {

std::uint64_t bytes_in(std::uint64_t rate, Duration time) noexcept {
  const double seconds = base::in_seconds(std::max(time, Duration::zero()));
  return static_cast<std::uint64_t>(static_cast<double>(rate) * seconds);
}

void BbrModel::update_round_and_bandwidth(const DeliverySample& sample) noexcept {
  delivered_ = sample.delivered_total;
  is_round_start_ = sample.delivered_before >= round_ends_at_;
  if (is_round_start_) {
    start_round();
    ++round_count_;
  }
  // [§5.5.3] What the application held back says nothing about the path, unless it is more than was thought possible.
  if (sample.rate == 0 || (sample.is_app_limited && sample.rate < max_bandwidth())) return;
  bandwidths_[1] = std::max(bandwidths_[1], sample.rate);
}

void BbrModel::start_bandwidth_cycle() noexcept {
  if (bandwidths_[1] == 0) return;  // nothing was measured: the old value is better than none
  bandwidths_ = {bandwidths_[1], 0};
}

void BbrModel::update_aggregation(Instant now, std::uint64_t acked, std::uint64_t bandwidth, std::uint64_t window,
                                  bool is_pipe_full) noexcept {
  std::uint64_t expected = bytes_in(bandwidth, now - aggregation_start_);
  if (aggregated_ <= expected) {  // the bunch is over
    restart_aggregation(now);
    expected = 0;
  }
  aggregated_ += acked;
  const std::uint64_t extra = std::min(aggregated_ - std::min(aggregated_, expected), window);
  const std::uint64_t half_window = is_pipe_full ? aggregation_window / 2 : 1;
  if (round_count_ - extra_acked_round_ >= half_window) {
    extra_acked_ = {extra_acked_[1], 0};
    extra_acked_round_ = round_count_;
  }
  extra_acked_[1] = std::max(extra_acked_[1], extra);
}

void BbrModel::restart_aggregation(Instant now) noexcept {
  aggregation_start_ = now;
  aggregated_ = 0;
}

void BbrModel::update_min_rtt(Instant now, Duration rtt) noexcept {
  is_probe_rtt_due_ = has_min_rtt() && now > probe_min_at_ + probe_rtt_interval;
  if (rtt < probe_min_ || is_probe_rtt_due_) {
    probe_min_ = rtt;
    probe_min_at_ = now;
  }
  if (probe_min_ < min_rtt_ || now > min_rtt_at_ + min_rtt_window) {
    min_rtt_ = probe_min_;
    min_rtt_at_ = probe_min_at_;
  }
}

void BbrModel::forget_counts() noexcept {
  delivered_ = 0;
  round_ends_at_ = 0;
  is_round_start_ = false;
}

}  // namespace iroh::quic
