// SPDX-License-Identifier: MIT OR Apache-2.0
// One QUIC connection, sans I/O: the conductor. It owns the parts, decides order, and does no arithmetic of its own.
// receive.cpp: datagram -> packet -> frames; dispatch.cpp: one function per frame; transmit.cpp: which packet next;
// packet_filler.cpp: asks producers for frames; timers.cpp: deadlines; lifecycle.cpp: from handshake to drained.
//
// Driven by quic::Endpoint; see its header for the contract. Application calls below may be made at any time between
// two inputs; call Endpoint::wake() afterwards.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "iroh/base/bytes.hpp"
#include "iroh/identity/endpoint_id.hpp"
#include "quic/connection/config.hpp"
#include "quic/connection/events.hpp"
#include "quic/connection/path_control.hpp"
#include "quic/connection/stats.hpp"
#include "quic/datagram/datagram_queue.hpp"
#include "quic/nat_traversal/nat_traversal_types.hpp"
#include "quic/stream/stream_set.hpp"
#include "quic/transmit.hpp"
#include "quic/transport_error.hpp"
#include "quic/types.hpp"
#include "tls/session.hpp"

namespace iroh::quic {

struct SessionTicket;

/// 0-RTT on a connection. [RFC 9001 §4.6]
enum class EarlyData : std::uint8_t {
  none,      ///< not offered
  offered,   ///< client: streams and datagrams may be written, and are sent before the server answers
  accepted,  ///< by the server; what the peer sends, or we sent, before the handshake is complete may be a replay
  rejected,
};

/// What a connection asks of its endpoint.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  /// A fresh connection id that from now on is routed to (handle, path), with its reset token.
  virtual ConnectionId issue_cid(ConnectionHandle handle, PathId path, ResetToken& token) = 0;
  virtual void retire_cid(const ConnectionId& cid) = 0;
  /// The peer may end the connection by a datagram that ends in this token. [RFC 9000 §10.3.1]
  virtual void watch_reset_token(ConnectionHandle handle, const ResetToken& token) = 0;
  /// Client: for later connections to the same server. [endpoint.md §2.8], [RFC 9000 §8.1.3]
  virtual void keep_ticket(const EndpointId& server, SessionTicket ticket) = 0;
  virtual void keep_token(const EndpointId& server, ByteSpan token) = 0;
  /// Server: for a NEW_TOKEN frame to that client.
  virtual std::vector<std::byte> make_new_token(Instant now, const SocketAddr& client) = 0;
};

class Connection {
 public:
  struct Parameters;  // internal: connection/parameters.hpp
  explicit Connection(Parameters parameters);
  ~Connection();

  // ---- application: streams. Errors and blocking are values; see stream/stream_set.hpp.
  std::optional<StreamId> open_stream(Dir dir);
  std::optional<StreamId> accept_stream(Dir dir);
  std::expected<std::size_t, WriteError> write(StreamId id, ByteSpan bytes);
  /// Zero-copy: takes a prefix of bytes and removes it from the slice.
  std::expected<std::size_t, WriteError> write_bytes(StreamId id, Bytes& bytes);
  std::expected<void, WriteError> finish(StreamId id);
  std::expected<void, WriteError> reset(StreamId id, std::uint64_t code);
  std::expected<Bytes, ReadError> read(StreamId id, std::size_t max);
  void stop(StreamId id, std::uint64_t code);
  StreamSet& streams() noexcept;

  // ---- application: DATAGRAM frames [RFC 9221]
  /// Largest payload that fits now; nothing if the peer does not accept DATAGRAM frames.
  std::optional<std::size_t> max_datagram_size() const noexcept;
  DatagramQueue& datagrams() noexcept;

  // ---- application: state
  /// Immediate; code < 2^62. The reason is cut to fit one packet.
  void close(Instant now, std::uint64_t code, std::string_view reason);
  std::optional<ConnectionEvent> poll_event();
  bool is_handshaking() const noexcept;
  EarlyData early_data() const noexcept;
  bool is_resumed() const noexcept;   ///< of an earlier session, whose identities it has
  bool is_closed() const noexcept;    ///< closing, draining or drained
  bool is_draining() const noexcept;  ///< the peer has closed, or has answered our close
  bool is_drained() const noexcept;
  const std::optional<CloseReason>& close_reason() const noexcept;
  Side side() const noexcept;
  std::string_view alpn() const noexcept;
  std::optional<EndpointId> remote_id() const noexcept;
  FourTuple four_tuple() const noexcept;  ///< of the path that data leaves on
  Duration rtt() const noexcept;
  std::vector<PathStats> paths() const;
  ConnectionStats stats() const noexcept;
  bool is_multipath() const noexcept;  ///< negotiated, and the handshake is complete

  // ---- application: paths [quic.md §4]
  /// Begins to validate a further path; PathOpened says that it is, PathClosed (15 s by default) that it did not work.
  /// With if_absent, a path to the same address that is open or being opened is returned instead.
  std::expected<PathId, OpenPathError> open_path(Instant now, const FourTuple& to,
                                                 PathStatus status = PathStatus::available, bool if_absent = false);
  /// What was under way on it goes out again on another. code: any below 2^62, shown to the peer.
  std::expected<void, ClosePathError> close_path(
      PathId path, std::uint64_t code = static_cast<std::uint64_t>(ErrorCode::application_abandon_path));
  /// What we want the path for: told to the peer, obeyed by us. False if there is no such path.
  bool set_path_status(PathId path, PathStatus status);
  bool set_path_idle_timeout(Instant now, PathId path, Duration timeout);
  bool set_path_keep_alive(Instant now, PathId path, Duration interval);  ///< 0: off
  /// How many paths the peer may have open at once; never lowered.
  void set_max_paths(std::uint32_t count);
  /// Interfaces or addresses have changed: paths that recover are pinged, others replaced. Without a judgement a client
  /// takes all paths for broken, a server none. [quic.md §4.13]
  using IsRecoverable = std::function<bool(const PathStats&)>;
  void handle_network_change(Instant now, const IsRecoverable& is_recoverable = {});

  // ---- application: NAT traversal [quic.md §5]. What to offer and when is the caller's policy.
  /// Where this side may be reached. A server announces it; a client names it in the next round.
  std::expected<void, NatTraversalError> add_candidate(const SocketAddr& address);
  bool remove_candidate(const SocketAddr& address);  ///< false if it was none
  /// Clients: both sides now probe each other's candidates. Each address that answers becomes a path, as Backup.
  std::expected<void, NatTraversalError> start_nat_round(Instant now);
  /// A client: what the server has announced. A server: what the client named in this round.
  std::vector<SocketAddr> remote_candidates() const;
  std::expected<std::vector<std::byte>, tls::Alert> export_keying_material(std::string_view label, ByteSpan context,
                                                                           std::size_t size);

  // ---- endpoint
  /// path: of the connection id that the datagrams were sent to.
  void handle_datagrams(Instant now, const ReceivedDatagrams& datagrams, PathId path);
  void handle_timeout(Instant now);
  std::optional<Transmit> poll_transmit(Instant now, MutableByteSpan buffer);
  std::optional<Instant> poll_timeout() const;
  /// token: the end of a datagram that belongs to nobody. False if it is not, or not any more, one of the peer's.
  bool handle_stateless_reset(const ResetToken& token);
  bool has_events() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace iroh::quic
