// SPDX-License-Identifier: MIT OR Apache-2.0
// The packets of one space that are neither acknowledged nor lost: a ring of small records indexed by packet number,
// and beside it a ring of their frames in sending order. Both double when full and shrink when idle, so that a steady
// flow allocates nothing; insert and acknowledge cost a few nanoseconds. [performance.md §2.5]
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/assert.hpp"
#include "quic/space/sent_frame.hpp"

namespace iroh::quic {

struct SentPacket {
  enum class State : std::uint8_t { absent, outstanding, acked };

  Instant time_sent{};
  std::uint32_t first_frame = 0;  ///< position in the frame ring, modulo 2^32
  std::uint16_t frame_count = 0;
  std::uint16_t size = 0;
  State state = State::absent;
  bool ack_eliciting : 1 = false;
  bool in_flight : 1 = false;
  bool is_ect : 1 = false;
  bool is_mtu_probe : 1 = false;
};
static_assert(sizeof(SentPacket) == 24);

class SentPackets {
 public:
  static constexpr std::size_t capacity_min = 32;
  /// Numbers between the oldest outstanding packet and the newest. A peer that never acknowledges but keeps making us
  /// send would otherwise let the ring grow without end: 256 Ki packets are 380 MB in flight, 6 MB of records.
  static constexpr std::uint64_t span_max = 1u << 18;

  /// Numbers must ascend; those left out are absent. The span must not be at its limit (is_full_for).
  void insert(PacketNumber pn, const SentPacket& packet, std::span<const SentFrame> frames) {
    const auto frame_count = static_cast<std::uint32_t>(frames.size());
    if (pn != next() || count_ >= room_ || frame_count > frame_room()) prepare(pn, frames.size());
    auto& record = records_[pn & record_mask_];
    record = packet;
    record.state = SentPacket::State::outstanding;
    record.first_frame = frames_end_;
    record.frame_count = static_cast<std::uint16_t>(frame_count);
    auto end = frames_end_;
    for (const auto& frame : frames) frames_[end++ & frame_mask_] = frame;
    frames_end_ = end;
    ++count_;
  }
  bool is_full_for(PacketNumber pn) const noexcept { return !is_empty() && pn - first_ >= span_max; }

  /// True if no packet is outstanding.
  bool is_empty() const noexcept { return count_ == 0; }
  /// The oldest outstanding packet, if there is one; else the same as next().
  PacketNumber first() const noexcept { return first_; }
  /// One more than the newest number ever inserted.
  PacketNumber next() const noexcept { return first_ + count_; }

  /// pn must lie in [first(), next()).
  const SentPacket& at(PacketNumber pn) const noexcept { return records_[pn & record_mask_]; }
  /// Null unless the packet is outstanding.
  const SentPacket* find(PacketNumber pn) const noexcept {
    if (pn - first_ >= count_) return nullptr;  // below first_ it wraps
    const auto& record = at(pn);
    return record.state == SentPacket::State::outstanding ? &record : nullptr;
  }

  /// Calls visit(const SentFrame&) for each frame of the packet, in the order they were written.
  template <class Visitor>
  void for_each_frame(const SentPacket& packet, Visitor&& visit) const {
    for (std::uint32_t i = 0; i < packet.frame_count; ++i) visit(frames_[(packet.first_frame + i) & frame_mask_]);
  }
  void append_frames(const SentPacket& packet, std::vector<SentFrame>& out) const {
    for_each_frame(packet, [&out](const SentFrame& frame) { out.push_back(frame); });
  }

  /// Marks an outstanding packet as settled. It keeps its place until trim(), so that a walk over numbers stays valid.
  void settle(PacketNumber pn, bool acknowledged) noexcept {
    IROH_DCHECK(find(pn) != nullptr);
    records_[pn & record_mask_].state = acknowledged ? SentPacket::State::acked : SentPacket::State::absent;
  }
  /// Drops settled and absent records from the old end, and gives back memory after quiet times.
  void trim();
  /// Everything is forgotten; numbers go on from next().
  void clear();
  /// Numbers start here; nothing was inserted yet.
  void start_at(PacketNumber pn) noexcept;

  std::size_t capacity() const noexcept { return records_.size(); }
  std::size_t frame_capacity() const noexcept { return frames_.size(); }

 private:
  std::size_t frame_room() const noexcept { return frames_.size() - (frames_end_ - frames_begin_); }
  /// Room for the packet and its frames, and absent records for numbers left out before it.
  void prepare(PacketNumber pn, std::size_t frame_count);
  void resize_records(std::size_t capacity);
  void resize_frames(std::size_t capacity);
  void shrink_when_empty();

  std::vector<SentPacket> records_;  // size is 0 or a power of two
  std::vector<SentFrame> frames_;    // likewise
  std::uint64_t record_mask_ = 0;
  std::uint32_t frame_mask_ = 0;
  std::uint32_t frames_begin_ = 0;
  std::uint32_t frames_end_ = 0;
  PacketNumber first_ = 0;
  std::uint64_t count_ = 0;  // records from first_ on, settled ones included
  std::uint64_t room_ = 0;   // records_.size(), never more than span_max
  std::uint64_t peak_ = 0;   // largest count_ since the ring was last empty, noted by trim()
  std::uint32_t frame_peak_ = 0;
};

}  // namespace iroh::quic
