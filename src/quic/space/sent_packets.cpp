// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/space/sent_packets.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/assert.hpp"

namespace iroh::quic {

namespace {
std::size_t capacity_for(std::uint64_t needed) {
  return std::max(SentPackets::capacity_min, std::bit_ceil(static_cast<std::size_t>(needed)));
}
}  // namespace

void SentPackets::prepare(PacketNumber pn, std::size_t frame_count) {
  IROH_ASSERT(pn >= next() && !is_full_for(pn));
  IROH_ASSERT(frame_count <= std::numeric_limits<std::uint16_t>::max());
  if (is_empty()) first_ = pn;
  const auto needed = pn - first_ + 1;
  const auto frames_needed = frames_end_ - frames_begin_ + frame_count;
  if (needed > records_.size()) resize_records(capacity_for(needed));
  if (frames_needed > frames_.size()) resize_frames(capacity_for(frames_needed));
  for (auto gap = next(); gap < pn; ++gap) records_[gap & record_mask_] = SentPacket{};
  count_ = needed - 1;
}

void SentPackets::trim() {
  if (is_empty()) return;
  // Between two trims the ring only grows: this is where its peaks are seen.
  peak_ = std::max(peak_, count_);
  frame_peak_ = std::max(frame_peak_, frames_end_ - frames_begin_);
  auto pn = first_;
  auto frames_begin = frames_begin_;
  for (const auto end = next(); pn < end && at(pn).state != SentPacket::State::outstanding; ++pn) {
    frames_begin += at(pn).frame_count;
  }
  count_ -= pn - first_;
  first_ = pn;
  frames_begin_ = frames_begin;
  if (is_empty()) shrink_when_empty();
}

void SentPackets::clear() {
  first_ = next();
  count_ = 0;
  frames_begin_ = frames_end_;
  shrink_when_empty();
}

void SentPackets::start_at(PacketNumber pn) noexcept {
  IROH_ASSERT(is_empty() && pn >= first_);
  first_ = pn;
}

void SentPackets::shrink_when_empty() {
  // A burst that comes again and again keeps its room; what needs a quarter of it or less gives half of it back.
  if (records_.size() > capacity_min && peak_ * 4 <= records_.size()) resize_records(records_.size() / 2);
  if (frames_.size() > capacity_min && std::size_t{frame_peak_} * 4 <= frames_.size())
    resize_frames(frames_.size() / 2);
  peak_ = 0;
  frame_peak_ = 0;
}

void SentPackets::resize_records(std::size_t capacity) {
  std::vector<SentPacket> moved(capacity);
  for (auto pn = first_; pn < next(); ++pn) moved[pn & (capacity - 1)] = records_[pn & record_mask_];
  records_.swap(moved);
  record_mask_ = capacity - 1;
  room_ = capacity;
}

void SentPackets::resize_frames(std::size_t capacity) {
  std::vector<SentFrame> moved(capacity);
  const auto mask = static_cast<std::uint32_t>(capacity - 1);
  for (auto i = frames_begin_; i != frames_end_; ++i) moved[i & mask] = frames_[i & frame_mask_];
  frames_.swap(moved);
  frame_mask_ = mask;
}

}  // namespace iroh::quic
