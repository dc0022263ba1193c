// SPDX-License-Identifier: MIT OR Apache-2.0
// Tells the peer that a path could not be opened: PATHS_BLOCKED and PATH_CIDS_BLOCKED. Lost ones go out again with the
// values they had. [multipath-21 §4.7], [quic.md §3.4], [quic.md 49]
#pragma once

#include <optional>
#include <vector>

#include "quic/space/sent_frame.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

class PathBlocked {
 public:
  /// Paths whose want of connection ids is still to be told. A peer that opens paths and issues no ids decides how many
  /// there are; it hears of the first of them.
  static constexpr std::size_t queued_max = 16;

  /// The peer's maximum that was in the way.
  void on_paths_blocked(PathId maximum);
  void on_cids_blocked(PathId path, std::uint64_t next_sequence);
  /// The path has ids now, or is gone.
  void forget(PathId path);

  bool can_send() const noexcept { return maximum_.has_value() || !cids_.empty(); }
  void write(PacketWriter& packet);
  void on_lost(const SentFrame& frame);

 private:
  struct CidsBlocked {
    PathId path;
    std::uint64_t next_sequence;
  };
  std::optional<PathId> maximum_;
  std::vector<CidsBlocked> cids_;
};

}  // namespace iroh::quic
