// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/space/sent_packets.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/assert.hpp"

namespace iroh::quic {

void SentPackets::insert(PacketNumber pn, const SentPacket& packet, std::span<const SentFrame> frames) {
  IROH_ASSERT(pn >= next() && !is_full_for(pn));
  IROH_ASSERT(frames.size() <= std::numeric_limits<std::uint16_t>::max());
  if (is_empty()) first_ = pn;
  const auto needed = pn - first_ + 1;
  if (needed > records_.size()) grow_records(needed);
  for (auto gap = next(); gap < pn; ++gap) records_[gap & record_mask_] = SentPacket{};

  const auto frame_count = static_cast<std::uint32_t>(frames.size());
  const std::uint64_t frames_needed = std::uint64_t{frames_end_ - frames_begin_} + frame_count;
  if (frames_needed > frames_.size()) grow_frames(frames_needed);
  auto& record = records_[pn & record_mask_];
  record = packet;
  record.state = SentPacket::State::outstanding;
  record.first_frame = frames_end_;
  record.frame_count = static_cast<std::uint16_t>(frame_count);
  for (const auto& frame : frames) frames_[frames_end_++ & frame_mask_] = frame;

  count_ = needed;
  peak_ = std::max(peak_, count_);
  frame_peak_ = std::max(frame_peak_, frames_end_ - frames_begin_);
}

const SentPacket* SentPackets::find(PacketNumber pn) const noexcept {
  if (pn < first_ || pn >= next()) return nullptr;
  const auto& record = at(pn);
  return record.state == SentPacket::State::outstanding ? &record : nullptr;
}

void SentPackets::append_frames(const SentPacket& packet, std::vector<SentFrame>& out) const {
  for_each_frame(packet, [&out](const SentFrame& frame) { out.push_back(frame); });
}

void SentPackets::settle(PacketNumber pn, bool acknowledged) noexcept {
  IROH_DCHECK(find(pn) != nullptr);
  records_[pn & record_mask_].state = acknowledged ? SentPacket::State::acked : SentPacket::State::absent;
}

void SentPackets::trim() {
  if (is_empty()) return;
  while (count_ > 0 && at(first_).state != SentPacket::State::outstanding) {
    frames_begin_ += at(first_).frame_count;
    ++first_;
    --count_;
  }
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
  if (frames_.size() > capacity_min && std::size_t{frame_peak_} * 4 <= frames_.size()) resize_frames(frames_.size() / 2);
  peak_ = 0;
  frame_peak_ = 0;
}

void SentPackets::grow_records(std::uint64_t needed) {
  resize_records(std::max(capacity_min, std::bit_ceil(static_cast<std::size_t>(needed))));
}

void SentPackets::grow_frames(std::uint64_t needed) {
  resize_frames(std::max(capacity_min, std::bit_ceil(static_cast<std::size_t>(needed))));
}

void SentPackets::resize_records(std::size_t capacity) {
  std::vector<SentPacket> moved(capacity);
  for (auto pn = first_; pn < next(); ++pn) moved[pn & (capacity - 1)] = records_[pn & record_mask_];
  records_.swap(moved);
  record_mask_ = capacity - 1;
}

void SentPackets::resize_frames(std::size_t capacity) {
  std::vector<SentFrame> moved(capacity);
  const auto mask = static_cast<std::uint32_t>(capacity - 1);
  for (auto i = frames_begin_; i != frames_end_; ++i) moved[i & mask] = frames_[i & frame_mask_];
  frames_.swap(moved);
  frame_mask_ = mask;
}

}  // namespace iroh::quic
