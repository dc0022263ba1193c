// SPDX-License-Identifier: MIT OR Apache-2.0
// Connection ids that the peer issued to us, per path: the active one, the spare ones, and those to be given back.
// [RFC 9000 §5.1], [multipath-21 §3.2], [quic.md §4.3, §3.5]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/interval_set.hpp"
#include "quic/space/sent_frame.hpp"
#include "quic/transport_error.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

struct NewConnectionIdFrame;

class RemoteCids {
 public:
  /// Our active_connection_id_limit, per path.
  static constexpr std::uint64_t window_size = 5;
  /// Retirements queued and not sent yet, all paths together. Without the bound, a peer that keeps raising Retire Prior
  /// To while it does not acknowledge makes us remember every number. [quic.md 45]
  static constexpr std::size_t pending_retirements_max = 50;

  /// Path 0, sequence 0: a client's random choice, later what the server chose; may be called again until then.
  void set_initial(const ConnectionId& cid);
  /// From the server's transport parameters; belongs to path 0, sequence 0.
  void set_initial_reset_token(const ResetToken& token) noexcept;

  /// In either dialect. The path whose active id is new, if it is; the caller has checked the path id against
  /// MAX_PATH_ID.
  TransportResult<std::optional<PathId>> on_new_connection_id(const NewConnectionIdFrame& frame);

  /// Null if there is none: nothing can be sent on the path. Valid until the next call that is not const.
  const ConnectionId* active(PathId path) const noexcept;
  std::optional<std::uint64_t> active_sequence(PathId path) const noexcept;
  const ResetToken* reset_token(PathId path) const noexcept;  ///< of the active id; null if unknown
  bool has_path(PathId path) const noexcept { return active(path) != nullptr; }
  bool has_spare(PathId path) const noexcept;
  /// Retires the active id and moves to the next; false, and nothing changed, if there is no other.
  bool rotate(PathId path);
  /// All ids of the path count as retired without a frame; later ones for it are ignored. [quic.md 46]
  void abandon(PathId path);

  bool can_send() const noexcept { return !retirements_.empty(); }
  /// RETIRE_CONNECTION_ID or, with multipath, PATH_RETIRE_CONNECTION_ID. [quic.md 94]
  void write(PacketWriter& packet, bool is_multipath);
  void on_acked(const SentFrame&) noexcept {}
  void on_lost(const SentFrame& frame);

  /// last16: the end of a datagram that could not be attributed. True if it is the token of an active id, of any path.
  /// Takes the same time whichever it is. [RFC 9000 §10.3.1], [quic.md 47]
  bool matches_reset_token(ByteSpan last16) const noexcept;

 private:
  struct Cid {
    ConnectionId cid;
    std::optional<ResetToken> token;
  };
  /// The window has the numbers from first_sequence on; lower ones are retired, or will be when they arrive. The lowest
  /// known one is active: ids of a path may come in any order, and none is given up for coming late.
  struct Path {
    PathId id;
    std::uint64_t first_sequence = 0;
    std::array<std::optional<Cid>, window_size> window;
    std::optional<std::size_t> active_index() const noexcept;
    std::optional<std::uint64_t> active_sequence() const noexcept;
    void advance(std::uint64_t count) noexcept;
  };
  struct Retirement {
    PathId path;
    std::uint64_t sequence;
    friend bool operator==(const Retirement&, const Retirement&) = default;
  };
  Path* find(PathId id) noexcept;
  const Path* find(PathId id) const noexcept;
  Path& find_or_add(PathId id);
  const Cid* active_cid(PathId id) const noexcept;
  TransportResult<void> check_duplicate(PathId id, const NewConnectionIdFrame& frame) const;
  TransportResult<void> retire(PathId path, std::uint64_t sequence);
  void enqueue(Retirement retirement);

  bool is_empty_ = false;    // the peer uses zero-length ids
  std::vector<Path> paths_;  // few; ascending by id
  base::IntervalSet abandoned_;
  std::vector<Retirement> retirements_;
};

}  // namespace iroh::quic
