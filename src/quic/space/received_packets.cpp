// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/space/received_packets.hpp"

#include <algorithm>

namespace iroh::quic {

bool ReceivedPackets::insert(PacketNumber pn) {
  if (is_duplicate(pn)) return false;
  if (!any_ || pn > largest_) {
    advance_window(pn);
    set_window_bit(pn, true);
    if (!ranges_.empty() && ranges_.front().last + 1 == pn) {
      ranges_.front().last = pn;
      return true;
    }
  } else if (is_in_window(pn)) {
    set_window_bit(pn, true);
  }
  insert_in_ranges(pn);
  return true;
}

bool ReceivedPackets::is_duplicate(PacketNumber pn) const noexcept {
  if (!any_ || pn > largest_) return false;
  if (is_in_window(pn)) return window_bit(pn);
  if (pn < floor_) return true;  // [RFC 9000 §12.3] too old to tell
  return std::any_of(ranges_.begin(), ranges_.end(), [pn](const PnRange& range) { return range.contains(pn); });
}

void ReceivedPackets::insert_in_ranges(PacketNumber pn) {
  // The first range that begins at or below the number: it is extended upwards, or the number goes before it.
  const auto below = std::find_if(ranges_.begin(), ranges_.end(), [pn](const PnRange& r) { return r.first <= pn; });
  const bool touches_below = below != ranges_.end() && below->last + 1 == pn;
  const bool touches_above = below != ranges_.begin() && std::prev(below)->first == pn + 1;
  if (touches_below && touches_above) {
    std::prev(below)->first = below->first;
    ranges_.erase(below);
  } else if (touches_below) {
    below->last = pn;
  } else if (touches_above) {
    std::prev(below)->first = pn;
  } else {
    ranges_.insert(below, PnRange{pn, pn});
    if (ranges_.size() > ranges_max) {  // [quic.md §7.1] the lowest goes
      floor_ = std::max(floor_, ranges_.back().last + 1);
      ranges_.pop_back();
    }
  }
}

void ReceivedPackets::forget_up_to(PacketNumber pn) {
  if (!any_) return;
  pn = std::min(pn, largest_);
  while (!ranges_.empty() && ranges_.back().last <= pn) ranges_.pop_back();
  if (!ranges_.empty() && ranges_.back().first <= pn) ranges_.back().first = pn + 1;
  floor_ = std::max(floor_, pn + 1);
}

bool ReceivedPackets::window_bit(PacketNumber pn) const noexcept {
  const auto bit = pn % window_size;
  return (window_[bit / 64] >> (bit % 64) & 1) != 0;
}

void ReceivedPackets::set_window_bit(PacketNumber pn, bool value) noexcept {
  const auto bit = pn % window_size;
  const auto mask = std::uint64_t{1} << (bit % 64);
  window_[bit / 64] = value ? window_[bit / 64] | mask : window_[bit / 64] & ~mask;
}

void ReceivedPackets::advance_window(PacketNumber new_largest) noexcept {
  if (any_ && new_largest - largest_ < window_size) {
    for (auto pn = largest_ + 1; pn < new_largest; ++pn) set_window_bit(pn, false);
  } else {
    window_.fill(0);
  }
  any_ = true;
  largest_ = new_largest;
}

}  // namespace iroh::quic
