// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/path/black_hole_detector.hpp"

#include <algorithm>

namespace iroh::quic {

void BlackHoleDetector::on_acked(PacketNumber pn, std::uint16_t size) noexcept {
  if (size <= harmless_size_) return;
  const Acked acked{pn, size};
  if (!newest_acked_ || pn > newest_acked_->pn) newest_acked_ = acked;
  if (!largest_acked_ || size > largest_acked_->size || (size == largest_acked_->size && pn > largest_acked_->pn)) {
    largest_acked_ = acked;
  }
  if (count_ == 0) return;
  const auto end = bursts_.begin() + static_cast<std::ptrdiff_t>(count_);
  const auto kept = std::remove_if(bursts_.begin(), end, [&](const Burst& burst) { return clears(acked, burst); });
  count_ = static_cast<std::size_t>(kept - bursts_.begin());
}

void BlackHoleDetector::on_lost(PacketNumber pn, std::uint16_t size) noexcept {
  if (open_burst_ && pn == open_burst_->last + 1) {
    open_burst_->last = pn;
    open_burst_->smallest = std::min(open_burst_->smallest, size);
    return;
  }
  finish_burst();
  open_burst_ = Burst{pn, size};
}

bool BlackHoleDetector::is_suspicious(const Burst& burst) const noexcept {
  // [quic.md 94] A large packet sent later and delivered shows that the size is not to blame.
  return burst.smallest > harmless_size_ && !clears(largest_acked_, burst) && !clears(newest_acked_, burst);
}

void BlackHoleDetector::finish_burst() noexcept {
  if (open_burst_ && is_suspicious(*open_burst_) && count_ < bursts_.size()) bursts_[count_++] = *open_burst_;
  open_burst_.reset();
}

bool BlackHoleDetector::is_black_hole() noexcept {
  // The latest burst stays open: the next losses may prolong it.
  const auto bursts = count_ + (open_burst_ && is_suspicious(*open_burst_) ? 1 : 0);
  if (bursts <= bursts_tolerated) return false;
  *this = BlackHoleDetector(harmless_size_);
  return true;
}

}  // namespace iroh::quic
