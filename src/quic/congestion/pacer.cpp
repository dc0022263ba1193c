// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/congestion/pacer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace iroh::quic {

namespace {
constexpr double window_gain = 1.25;
constexpr double train_max = 64.0 * 1024;  // bytes: what one send call takes
constexpr double capacity_packets_min = 10;
constexpr double capacity_packets_max = 256;
constexpr double capacity_seconds = 0.002;
constexpr double capacity_seconds_max = 0.010;
constexpr double train_seconds = 0.001;
constexpr double train_packets_min = 2;

}  // namespace

void Pacer::update(Instant now, std::uint64_t window, Duration srtt, std::uint16_t mtu) noexcept {
  mtu_ = mtu;
  rate_ = srtt < rtt_min ? 0 : window_gain * static_cast<double>(window) / base::in_seconds(srtt);
  if (controller_rate_) rate_ = static_cast<double>(*controller_rate_);
  if (rate_cap_ && (rate_ <= 0 || rate_ > static_cast<double>(*rate_cap_))) rate_ = static_cast<double>(*rate_cap_);
  if (rate_ <= 0) {
    updated_at_.reset();
    return;
  }
  // [quic.md §7.5] What may be saved up.
  double capacity = std::clamp(rate_ * capacity_seconds, capacity_packets_min * mtu, capacity_packets_max * mtu);
  capacity = std::max(std::min(capacity, rate_ * capacity_seconds_max), static_cast<double>(mtu));
  train_ = std::clamp(rate_ * train_seconds, train_packets_min * mtu, std::max(train_max, train_packets_min * mtu));
  tokens_ = updated_at_ ? tokens_ + rate_ * base::in_seconds(std::max(now - *updated_at_, Duration::zero())) : capacity;
  // A debt from faster times must not block a path that has become slow.
  tokens_ = std::clamp(tokens_, -(train_ + rate_ * base::in_seconds(wait_min)), capacity);
  updated_at_ = now;
}

std::uint64_t Pacer::allowance(Instant now, std::uint64_t window, Duration srtt, std::uint16_t mtu) noexcept {
  update(now, window, srtt, mtu);
  if (rate_ <= 0) return unlimited;
  const auto initial = is_in_initial_burst() ? std::max(initial_packets * mtu_ - sent_total_, mtu_) : std::uint64_t{0};
  // [performance.md §7] A wait shorter than wait_min is not worth a timer: the train goes now, on credit.
  const bool may_overdraw = tokens_ > -rate_ * base::in_seconds(wait_min);
  const auto earned = may_overdraw ? static_cast<std::uint64_t>(std::max(tokens_, train_)) : std::uint64_t{0};
  return std::max(earned, initial);
}

std::uint64_t Pacer::train() const noexcept {
  return static_cast<std::uint64_t>(rate_ > 0 ? train_ : train_max);
}

void Pacer::on_sent(std::uint64_t bytes) noexcept {
  sent_total_ += bytes;
  if (rate_ > 0) tokens_ -= static_cast<double>(bytes);
}

std::optional<Instant> Pacer::next_release(Instant now, std::uint64_t window, Duration srtt,
                                           std::uint16_t mtu) noexcept {
  if (allowance(now, window, srtt, mtu) > 0) return std::nullopt;
  const auto wait = Duration(static_cast<Duration::rep>(std::ceil(-tokens_ / rate_ * 1e9)));
  return now + std::max(wait, wait_min);
}

}  // namespace iroh::quic
