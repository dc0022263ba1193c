// SPDX-License-Identifier: MIT OR Apache-2.0
// Connection ids that we issue to the peer, per path: which it holds, which are still to be announced, which it gave
// back. [RFC 9000 §5.1], [multipath-21 §3.2], [quic.md §4.3]
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quic/space/sent_frame.hpp"
#include "quic/transport_error.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

/// Makes connection ids and routes packets by them; the endpoint's, as one connection sees it.
class CidIssuer {
 public:
  struct Issued {
    ConnectionId cid;
    ResetToken token;
  };
  virtual ~CidIssuer() = default;
  /// A fresh id that from now on leads to this connection and path.
  virtual Issued issue(PathId path) = 0;
  /// It does not any more.
  virtual void retire(const ConnectionId& cid) = 0;
};

class LocalCids {
 public:
  /// Ids held by the peer per path, whatever it allows. A peer that announces a huge limit would otherwise make us fill
  /// the routing table of the endpoint. [quic.md §4.3]
  static constexpr std::size_t cids_per_path_max = 12;

  explicit LocalCids(CidIssuer& issuer) noexcept : issuer_(issuer) {}

  /// The source id of the handshake: path 0, sequence 0. An empty id means that we use none at all.
  void set_handshake_cid(const ConnectionId& cid);
  /// The peer's active_connection_id_limit.
  void set_peer_limit(std::uint64_t limit) noexcept;
  /// Issues what the peer may hold for the path and does not; for path 0 the handshake's id counts. [quic.md 41, 44]
  /// Paths other than 0 only once multipath is in force.
  void issue_for(PathId path);
  /// RETIRE_CONNECTION_ID (path 0) or PATH_RETIRE_CONNECTION_ID. One replacement follows unless the path is abandoned.
  TransportResult<void> on_retire(PathId path, std::uint64_t sequence);
  /// Announces no more ids of the path; those that the peer has stay valid for receiving. [quic.md §4.9]
  void abandon(PathId path);
  /// The path has drained: its ids lead nowhere now.
  void forget(PathId path);
  /// The connection is over: no id leads to it any more.
  void forget_all();

  bool can_send() const noexcept { return !queue_.empty(); }
  /// In the dialect in force: for path 0 without multipath NEW_CONNECTION_ID, else PATH_NEW_CONNECTION_ID. [quic.md 94]
  void write(PacketWriter& packet, bool is_multipath);
  void on_acked(const SentFrame&) noexcept {}
  void on_lost(const SentFrame& frame);

  std::size_t active_count(PathId path) const noexcept;
  /// The number that the next id of the path will get; nothing if the path has none.
  std::optional<std::uint64_t> next_sequence(PathId path) const noexcept;

 private:
  struct Cid {
    std::uint64_t sequence;
    ConnectionId cid;
    ResetToken token;
  };
  struct Path {
    PathId id;
    bool is_abandoned = false;
    std::uint64_t next_sequence = 0;
    std::vector<Cid> active;
  };
  struct Queued {
    PathId path;
    std::uint64_t sequence;
    friend auto operator<=>(const Queued&, const Queued&) = default;
  };
  Path* find(PathId id) noexcept;
  const Path* find(PathId id) const noexcept;
  Path& find_or_add(PathId id);
  void issue_one(Path& path);
  void enqueue(Queued entry);
  void drop_queued(PathId path);

  CidIssuer& issuer_;
  bool is_empty_ = false;
  std::size_t limit_ = 2;      // [RFC 9000 §18.2] until the peer's parameters are known
  std::vector<Path> paths_;    // few; ascending by id
  std::vector<Queued> queue_;  // to be announced, ascending by path and sequence [quic.md §4.3]
};

}  // namespace iroh::quic
