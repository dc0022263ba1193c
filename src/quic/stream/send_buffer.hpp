// SPDX-License-Identifier: MIT OR Apache-2.0
// What an ordered byte stream has to send: bytes not yet sent, and bytes sent but not yet acknowledged, as a list of
// owned slices. Packets take their plaintext straight from here, so slices stay until they are acknowledged. Used by
// streams and by CRYPTO. [performance.md §2.7]
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/interval_set.hpp"
#include "iroh/base/bytes.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

class Chunk;

class SendBuffer {
 public:
  static constexpr std::size_t chunk_size_max = 64 * 1024;
  /// Slices below this size are copied: a packet of many tiny runs is slower to seal than the copy is.
  static constexpr std::size_t slice_size_min = 512;

  /// Copies.
  void write(ByteSpan data);
  /// Keeps the slice (small ones are copied).
  void append(Bytes data);

  /// What to send next, at most max bytes: lost data first, then fresh data. Empty if there is none.
  base::Interval next(std::uint64_t max) const noexcept;
  bool has_lost() const noexcept { return !lost_.is_empty(); }
  bool has_unsent() const noexcept { return sent_end_ < end_; }
  bool has_pending() const noexcept { return has_lost() || has_unsent(); }
  /// Appends the bytes of the interval to the packet without copying them, and counts them as sent. The interval must
  /// be what next() returned, or a prefix of it.
  void write_to(PacketWriter& packet, base::Interval interval);

  /// The bytes were sent, and none of them is forgotten yet.
  bool is_in_transit(base::Interval interval) const noexcept {
    return interval.begin >= acked_end_ && interval.end <= sent_end_ && !interval.is_empty();
  }
  /// Appends bytes in transit once more; nothing else changes.
  void write_again(PacketWriter& packet, base::Interval interval) { append_to(packet, interval); }

  /// Parts may be acknowledged twice. Returns how many bytes are forgotten now: those before which all are
  /// acknowledged.
  std::uint64_t on_acked(base::Interval interval);
  /// To be sent again, except what was acknowledged meanwhile.
  void on_lost(base::Interval interval);
  /// Everything sent and not acknowledged is to be sent again.
  void requeue_unacked() { on_lost({acked_end_, sent_end_}); }
  /// Forgets all data. Returns how many bytes were never sent; end() is where sending stopped.
  std::uint64_t discard() noexcept;

  std::uint64_t end() const noexcept { return end_; }            ///< bytes ever written
  std::uint64_t sent_end() const noexcept { return sent_end_; }  ///< bytes ever sent
  /// Bytes held. Those acknowledged behind a gap count, too.
  std::uint64_t unacked() const noexcept { return end_ - acked_end_; }
  bool is_fully_acked() const noexcept { return acked_end_ == end_; }

 private:
  struct Segment {
    std::uint64_t begin;
    Bytes data;
    std::uint64_t end() const noexcept { return begin + data.size(); }
  };
  std::size_t segment_at(std::uint64_t offset) noexcept;
  std::size_t append_to(PacketWriter& packet, base::Interval interval);
  void drop_acked_segments();

  std::vector<Segment> segments_;  // ascending, adjacent; the first head_ are acknowledged and empty
  std::size_t head_ = 0;
  std::size_t cursor_ = 0;       // the segment that was sent from last
  Chunk* tail_chunk_ = nullptr;  // owned by segments_.back(), which ends where the chunk is filled to
  std::uint64_t end_ = 0;
  std::uint64_t sent_end_ = 0;
  std::uint64_t acked_end_ = 0;  // everything before it is acknowledged
  base::IntervalSet acked_;      // beyond acked_end_
  base::IntervalSet lost_;
};

}  // namespace iroh::quic
