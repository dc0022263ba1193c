// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/path/mtu_discovery.hpp"

#include <algorithm>

namespace iroh::quic {

MtuDiscovery::MtuDiscovery(const MtuConfig& config) noexcept
    : config_(config), current_(std::max(config.initial, config.minimum)), black_hole_(config.minimum) {}

std::uint16_t MtuDiscovery::bound() const noexcept {
  if (!interface_limit_) return std::min(config_.upper_bound, peer_limit_);
  const bool goes_beyond = config_.follow_interface && current_ >= config_.upper_bound;
  const auto limit = goes_beyond ? *interface_limit_ : std::min(config_.upper_bound, *interface_limit_);
  return std::min(limit, peer_limit_);
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
    start_search(now);
  }
  return is_searching_ ? std::optional(candidate_) : std::nullopt;
}

void MtuDiscovery::set_interface_limit(std::uint16_t limit) noexcept {
  limit = std::max(limit, config_.minimum);
  if (interface_limit_ == limit) return;
  interface_limit_ = limit;
  current_ = std::min(current_, limit);
  end_search(std::nullopt);
}

void MtuDiscovery::start_search(Instant now) noexcept {
  is_searching_ = true;
  upper_ = bound();
  candidate_ = current_;
  choose_next(now);
  // Beyond the ordinary sizes a path carries either all that the interface does, or nothing more: ask for all first.
  if (is_searching_ && current_ >= config_.upper_bound) candidate_ = upper_;
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
    // The ordinary search has reached its bound, and the interface may carry more.
    const bool goes_on = upper_ <= config_.upper_bound && current_ >= config_.upper_bound;
    end_search(goes_on ? std::nullopt : std::optional(now + config_.interval));
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
  if (++tries_ >= tries_max) exclude_candidate(now);
}

void MtuDiscovery::on_probe_refused(Instant now, std::uint16_t size) noexcept {
  if (in_flight_ != size) return;
  in_flight_.reset();
  exclude_candidate(now);
}

void MtuDiscovery::exclude_candidate(Instant now) noexcept {
  upper_ = static_cast<std::uint16_t>(candidate_ - 1);
  choose_next(now);
}

bool MtuDiscovery::on_datagram_refused(std::uint16_t size) noexcept {
  if (size <= config_.minimum || size > current_) return false;  // nothing smaller to fall back to, or old news
  set_interface_limit(static_cast<std::uint16_t>(size - 1));
  current_ = config_.minimum;  // how much less it takes is for the search to find out
  return true;
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
