// SPDX-License-Identifier: MIT OR Apache-2.0
// Tells the peer the addresses we see it at: one OBSERVED_ADDRESS per path whenever one is due. [quic.md §5.9]
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quic/space/sent_frame.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

class AddressObserver {
 public:
  /// A report is due on this path: when it is new, when it has moved, and beside each on-path PATH_CHALLENGE and
  /// PATH_RESPONSE. generation tells the 4-tuples apart that the path has had.
  void observe(PathId path, const SocketAddr& remote, std::uint64_t generation);
  /// The path is gone.
  void forget(PathId path) noexcept;

  bool can_send(PathId path) const noexcept;
  /// Only into a 1-RTT packet of this very path.
  void write(PacketWriter& packet, PathId path);
  void on_acked(const SentFrame&) noexcept {}
  void on_lost(const SentFrame& frame) noexcept;

 private:
  struct Path {
    PathId id;
    std::uint64_t generation;
    SocketAddr remote;
    bool is_due;
  };
  const Path* find(PathId id) const noexcept;
  Path* find(PathId id) noexcept;

  std::uint64_t next_sequence_ = 0;  // of the connection [quic.md 80]
  std::vector<Path> paths_;          // as many as the conductor has; few
};

}  // namespace iroh::quic
