// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/congestion/bbr_bounds.hpp"

#include <algorithm>

namespace iroh::quic {

namespace {
std::uint64_t scaled(std::uint64_t value, double factor) noexcept {
  return static_cast<std::uint64_t>(static_cast<double>(value) * factor);
}
}  // namespace

std::uint64_t BbrBounds::inflight_at_loss(const LostPacket& packet) noexcept {
  // [§5.5.10.2] (lost before + x) / (in flight before + x) = threshold, solved for x.
  const double in_flight_before = static_cast<double>(packet.in_flight_at_send - packet.size);
  const double lost_before = static_cast<double>(packet.lost_since - packet.size);
  const double x = (loss_threshold * in_flight_before - lost_before) / (1 - loss_threshold);
  return static_cast<std::uint64_t>(std::max(in_flight_before + x, 0.0));
}

std::uint64_t BbrBounds::inflight_with_headroom(std::uint64_t mtu, std::uint64_t window_min) const noexcept {
  if (inflight_long == none) return none;
  const std::uint64_t left_free = std::max(mtu, scaled(inflight_long, headroom));
  return std::max(inflight_long - std::min(inflight_long, left_free), window_min);
}

void BbrBounds::relax_to(const BbrBounds& before) noexcept {
  inflight_long = std::max(inflight_long, before.inflight_long);
  bandwidth_short = std::max(bandwidth_short, before.bandwidth_short);
  inflight_short = std::max(inflight_short, before.inflight_short);
}

void BbrRoundSignals::forget() noexcept {
  on_round_judged();
  bandwidth_ = 0;
  inflight_ = 0;
}

bool BbrRoundSignals::on_loss(std::uint64_t delivered_total) noexcept {
  if (has_loss_) return false;
  has_loss_ = true;
  round_ends_at_ = delivered_total;
  return true;
}

void BbrRoundSignals::count_lost_ranges(std::span<const LostPacket> packets) noexcept {
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (i == 0 || packets[i].pn != packets[i - 1].pn + 1) ++lost_ranges_;
  }
}

void BbrRoundSignals::update(const DeliverySample& sample) noexcept {
  bandwidth_ = std::max(bandwidth_, sample.rate);
  inflight_ = std::max(inflight_, sample.delivered);
  is_round_over_ = sample.delivered_before >= round_ends_at_;
  if (is_round_over_) round_ends_at_ = sample.delivered_total;
}

void BbrRoundSignals::advance(const DeliverySample& sample) noexcept {
  if (!is_round_over_) return;
  bandwidth_ = sample.rate;
  inflight_ = sample.delivered;
}

void BbrRoundSignals::lower(BbrBounds& bounds, std::uint64_t max_bandwidth, std::uint64_t window) const noexcept {
  const std::uint64_t bandwidth_before = std::min(bounds.bandwidth_short, max_bandwidth);
  const std::uint64_t inflight_before = bounds.inflight_short == BbrBounds::none ? window : bounds.inflight_short;
  bounds.bandwidth_short = std::max(bandwidth_, scaled(bandwidth_before, BbrBounds::beta));
  bounds.inflight_short = std::max(inflight_, scaled(inflight_before, BbrBounds::beta));
}

}  // namespace iroh::quic
