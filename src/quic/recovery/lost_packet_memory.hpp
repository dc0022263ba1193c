// SPDX-License-Identifier: MIT OR Apache-2.0
// Remembers for a while what the latest congestion event declared lost: if all of it is acknowledged after all, the
// event was a mistake. [quic.md §7.3]
#pragma once

#include <array>
#include <vector>

#include "quic/space/pn_range.hpp"

namespace iroh::quic {

class LostPacketMemory {
 public:
  /// Packets remembered per event. A peer that causes many losses would otherwise fill our memory; past the bound the
  /// event simply cannot be undone.
  static constexpr std::size_t packets_max = 1024;

  /// A new congestion event: earlier losses can no longer be undone.
  void start_event() noexcept;
  /// It is certain that the event is none to undo.
  void give_up() noexcept { start_event(), undoable_ = false; }
  /// Numbers of one space come in ascending order.
  void add(Instant now, SpaceId space, PacketNumber pn);
  /// Takes the acknowledged ones out and returns how many they were.
  std::size_t on_acked(SpaceId space, PnRange range) noexcept;
  /// Packets lost before this time will not be acknowledged any more: the event was genuine.
  void expire(Instant lost_before) noexcept;
  void discard_space(SpaceId space) noexcept;

  bool is_empty() const noexcept { return count_ == 0; }
  /// True once after the last remembered packet of an event was acknowledged.
  bool take_undo() noexcept;

 private:
  struct Entry {
    PacketNumber pn;
    Instant lost_at;
  };
  std::array<std::vector<Entry>, space_count> entries_;
  std::size_t count_ = 0;
  bool undoable_ = false;
  bool any_acked_ = false;
};

}  // namespace iroh::quic
