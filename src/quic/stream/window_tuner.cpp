// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/window_tuner.hpp"

#include <algorithm>

namespace iroh::quic {

std::uint64_t WindowTuner::update(Instant now, Duration rtt, std::uint64_t consumed, std::uint64_t waiting) noexcept {
  if (!reservation_.has_budget()) return window_;
  if (!epoch_start_) {
    epoch_start_ = now;
    consumed_before_ = consumed;
    return window_;
  }
  const Duration epoch = std::max(rtt, local_rtt);
  const Duration elapsed = now - *epoch_start_;
  if (elapsed < epoch) return window_;
  const double share = static_cast<double>(epoch.count()) / static_cast<double>(elapsed.count());
  const auto read = static_cast<std::uint64_t>(static_cast<double>(consumed - consumed_before_) * share);
  epoch_start_ = now;
  consumed_before_ = consumed;

  // Two round trips' worth, as a sender doubles its rate in one; a third more, as updates come in steps.
  const std::uint64_t target = read * 2 * 4 / 3;
  if (reservation_.is_tight()) {
    set(std::min(window_, read));
  } else if (target > window_) {
    low_since_.reset();
    // A reader that lags would only fill memory.
    if (waiting <= window_ / 2) grow_towards(target, rtt);
  } else if (target < window_ / 4) {
    note_low(now);
  } else {
    low_since_.reset();
  }
  return window_;
}

std::uint64_t WindowTuner::on_peer_blocked(Instant now, Duration rtt) noexcept {
  if (doubled_at_ && now - *doubled_at_ < std::max(rtt, local_rtt)) return window_;
  doubled_at_ = now;
  if (!reservation_.is_tight()) grow_towards(2 * window_, rtt);
  return window_;
}

void WindowTuner::grow_towards(std::uint64_t target, Duration rtt) noexcept {
  target = std::min(target, 2 * window_);
  if (rtt < local_rtt) target = std::min(target, std::max(local_window_max, window_));
  set(target);
}

/// Credit that was given cannot be taken back: the smaller window is reached by not advancing. [RFC 9000 §4.1]
void WindowTuner::note_low(Instant now) noexcept {
  if (!low_since_) low_since_ = now;
  if (now - *low_since_ < shrink_after) return;
  low_since_ = now;
  set(window_ / 2);
}

void WindowTuner::set(std::uint64_t window) noexcept {
  if (!reservation_.has_budget()) return;
  window_ = initial_ + reservation_.resize(std::max(window, initial_) - initial_);
}

}  // namespace iroh::quic
