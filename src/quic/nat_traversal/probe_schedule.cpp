// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/nat_traversal/probe_schedule.hpp"

#include <algorithm>

namespace iroh::quic {

ProbeSchedule::ProbeSchedule(std::size_t targets_max, Duration initial_rtt) noexcept
    : targets_max_(targets_max),
      first_gap_(std::clamp(initial_rtt / 10, timer_granularity, gap_max)),
      budget_(targets_max * attempts_max) {}

void ProbeSchedule::start_round(Instant now) noexcept {
  stop();
  budget_ = targets_max_ * attempts_max;
  start_timer(now);
}

void ProbeSchedule::start_timer(Instant now) noexcept {
  ticks_ = 0;
  next_tick_ = now + first_gap_;
}

bool ProbeSchedule::add(Instant now, const SocketAddr& address) {
  if (!insert(address)) return false;
  make_due(targets_.back());
  if (!next_tick_) start_timer(now);
  return true;
}

bool ProbeSchedule::join(const SocketAddr& address) {
  return next_tick_.has_value() && insert(address);
}

bool ProbeSchedule::insert(const SocketAddr& address) {
  if (budget_ == 0 || targets_.size() >= targets_max_ || find(address) != nullptr) return false;
  targets_.push_back({.address = address});
  return true;
}

void ProbeSchedule::remove(const SocketAddr& address) noexcept {
  const Target* target = find(address);
  if (target == nullptr) return;
  if (target->is_due) --due_;
  targets_.erase(targets_.begin() + (target - targets_.data()));
}

void ProbeSchedule::stop() noexcept {
  targets_.clear();
  sent_.clear();
  due_ = 0;
  budget_ = 0;
  next_tick_.reset();
}

std::optional<Probe> ProbeSchedule::poll(base::Random& random) {
  if (due_ == 0) return std::nullopt;
  const auto target = std::ranges::find_if(targets_, &Target::is_due);
  target->is_due = false;
  --due_;
  Probe& probe = sent_.emplace_back(Probe{.token = {}, .to = target->address});
  random.fill(probe.token);
  if (--budget_ == 0) end_probing();
  return probe;
}

void ProbeSchedule::on_timeout(Instant now) noexcept {
  if (!next_tick_ || now < *next_tick_) return;
  ++ticks_;
  bool has_attempts = false;
  for (Target& target : targets_) {
    if (target.attempts_left > 0) make_due(target);
    has_attempts = has_attempts || target.attempts_left > 0;
  }
  // [quic.md §5.6] The timer stops when no address has attempts left.
  next_tick_ = has_attempts ? std::optional(now + gap_after_tick()) : std::nullopt;
}

/// [quic.md §5.6] First the tenth part of the initial RTT twice, then the double each time, at most 2 s.
Duration ProbeSchedule::gap_after_tick() const noexcept {
  const unsigned exponent = std::min(ticks_ - 1, attempts_max);
  return std::min(first_gap_ * (std::int64_t{1} << exponent), gap_max);
}

bool ProbeSchedule::on_response(const PathToken& token, const SocketAddr& from) noexcept {
  const auto sent = std::ranges::find(sent_, token, &Probe::token);
  if (sent == sent_.end() || !is_same_remote(sent->to, from)) return false;
  const SocketAddr address = sent->to;
  on_reached(address);
  return true;
}

void ProbeSchedule::on_reached(const SocketAddr& address) noexcept {
  std::erase_if(sent_, [&](const Probe& probe) { return is_same_remote(probe.to, address); });
  Target* target = find(address);
  if (target == nullptr) return;
  target->attempts_left = 0;
  if (target->is_due) --due_;
  target->is_due = false;
}

ProbeSchedule::Target* ProbeSchedule::find(const SocketAddr& address) noexcept {
  const auto found =
      std::ranges::find_if(targets_, [&](const Target& target) { return is_same_remote(target.address, address); });
  return found == targets_.end() ? nullptr : &*found;
}

/// An attempt is used up here, not when the probe leaves: a connection that cannot send keeps no timer running for
/// ever.
void ProbeSchedule::make_due(Target& target) noexcept {
  --target.attempts_left;
  if (target.is_due) return;
  target.is_due = true;
  ++due_;
}

void ProbeSchedule::end_probing() noexcept {
  for (Target& target : targets_) target = {.address = target.address, .attempts_left = 0};
  due_ = 0;
  next_tick_.reset();
}

}  // namespace iroh::quic
