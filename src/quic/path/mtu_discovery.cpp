// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/path/mtu_discovery.hpp"

#include <algorithm>

namespace iroh::quic {

MtuDiscovery::MtuDiscovery(const MtuConfig& config) noexcept
    : config_(config), current_(std::max(config.initial, config.minimum)), black_hole_(config.minimum) {}

std::uint16_t MtuDiscovery::bound() const noexcept {
  return std::min(config_.upper_bound, peer_limit_);
}

void MtuDiscovery::set_peer_limit(std::uint16_t limit) noexcept {
  peer_limit_ = std::max(limit, config_.minimum);
  current_ = std::min(current_, peer_limit_);
  if (is_searching_ && candidate_ > bound()) end_search(std::nullopt);
}

std::optional<std::uint16_t> MtuDiscovery::poll_probe(Instant now) noexcept {
  if (in_flight_) return std::nullopt;
  if (!is_searching_) {
    if (!has_room() || (resume_at_ && now < *resume_at_)) return std::nullopt;
    is_searching_ = true;
    upper_ = bound();
    candidate_ = current_;
    choose_next(now);
  }
  return is_searching_ ? std::optional(candidate_) : std::nullopt;
}

void MtuDiscovery::choose_next(Instant now) noexcept {
  tries_ = 0;
  const auto last = candidate_;
  const auto middle = static_cast<std::uint16_t>((current_ + upper_) / 2);
  const auto step = middle > last ? middle - last : last - middle;
  if (step >= config_.step_min) {
    candidate_ = middle;
  } else if (upper_ >= last + config_.step_min) {
    candidate_ = upper_;  // [quic.md §7.6] halving would never reach the bound itself
  } else {
    end_search(now + config_.interval);
  }
}

void MtuDiscovery::end_search(std::optional<Instant> next) noexcept {
  is_searching_ = false;
  in_flight_.reset();
  resume_at_ = next;
}

bool MtuDiscovery::on_probe_acked(Instant now, std::uint16_t size) noexcept {
  if (in_flight_ != size) return false;
  in_flight_.reset();
  current_ = size;
  choose_next(now);
  return true;
}

void MtuDiscovery::on_probe_lost(Instant now, std::uint16_t size) noexcept {
  if (in_flight_ != size) return;
  in_flight_.reset();
  if (++tries_ < tries_max) return;
  upper_ = static_cast<std::uint16_t>(candidate_ - 1);
  choose_next(now);
}

std::optional<Instant> MtuDiscovery::deadline() const noexcept {
  return !is_searching_ && has_room() ? resume_at_ : std::nullopt;
}

bool MtuDiscovery::on_losses_reported(Instant now) noexcept {
  if (!black_hole_.is_black_hole() || current_ <= config_.minimum) return false;
  current_ = config_.minimum;
  end_search(now + config_.black_hole_pause);
  return true;
}

}  // namespace iroh::quic
