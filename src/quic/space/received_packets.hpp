// SPDX-License-Identifier: MIT OR Apache-2.0
// Which packet numbers of one space have arrived: refuses duplicates and holds the ranges to acknowledge.
// Packets in order cost one increment; a gap costs a search through at most 64 ranges, newest first.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "quic/space/pn_range.hpp"

namespace iroh::quic {

class ReceivedPackets {
 public:
  /// [quic.md §7.1] Without the bound a peer that skips every other number makes us keep 16 bytes per packet for ever,
  /// and search them. The lowest range is dropped.
  static constexpr std::size_t ranges_max = 64;
  /// Numbers this close below the largest are told apart one by one, whatever happened to their range.
  static constexpr std::uint64_t window_size = 256;

  /// False if the packet is a duplicate, or so old that it might be one; then nothing changes.
  bool insert(PacketNumber pn);
  bool is_duplicate(PacketNumber pn) const noexcept;

  std::optional<PacketNumber> largest() const noexcept { return any_ ? std::optional(largest_) : std::nullopt; }
  /// What an ACK has to list, highest first, without overlap and never touching each other.
  std::span<const PnRange> ranges() const noexcept { return ranges_; }
  /// The peer has seen an ACK up to and including this number: it need not be told again. [quic.md §7.1]
  void forget_up_to(PacketNumber pn);
  /// Numbers below this one no longer show in ranges(), received or not (unless they arrived later still).
  PacketNumber floor() const noexcept { return floor_; }

 private:
  void insert_in_ranges(PacketNumber pn);
  bool is_in_window(PacketNumber pn) const noexcept { return any_ && pn <= largest_ && largest_ - pn < window_size; }
  bool window_bit(PacketNumber pn) const noexcept;
  void set_window_bit(PacketNumber pn, bool value) noexcept;
  void advance_window(PacketNumber new_largest) noexcept;

  bool any_ = false;
  PacketNumber largest_ = 0;
  PacketNumber floor_ = 0;
  std::array<std::uint64_t, window_size / 64> window_{};  // bit pn % window_size: arrived
  std::vector<PnRange> ranges_;                           // descending
};

}  // namespace iroh::quic
