// SPDX-License-Identifier: MIT OR Apache-2.0
// What a connection tells the application, drained with Connection::poll_event().
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "quic/connection/stats.hpp"
#include "quic/stream/stream_event.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

/// Why a connection ended, as iroh's applications see it. [endpoint.md §3.7]
struct CloseReason {
  enum class Kind : std::uint8_t {
    version_mismatch,
    transport_error,     ///< this side detected it: code, frame_type, reason
    connection_closed,   ///< the peer's transport: code, frame_type, reason
    application_closed,  ///< the peer's application: code, reason
    reset,               ///< stateless reset
    timed_out,           ///< idle, or the handshake never got an answer
    locally_closed,      ///< close() on this side: code, reason
    cids_exhausted,
  };
  Kind kind = Kind::locally_closed;
  std::uint64_t code = 0;
  std::uint64_t frame_type = 0;
  std::string reason;

  std::string to_string() const;
  friend bool operator==(const CloseReason&, const CloseReason&) = default;
};

/// The ALPN is known: on a server once the ClientHello is processed, on a client with EncryptedExtensions.
struct HandshakeDataReady {};
/// Client, 0-RTT was offered: the server has decided. If it refused, every stream opened so far is gone and stream ids
/// start again: what was written has to be written anew. Comes before Connected. [RFC 9001 §4.6.2]
struct EarlyDataDecided {
  bool is_accepted;
};
/// The handshake is complete: remote_id() and alpn() are final.
struct Connected {};
/// HANDSHAKE_DONE was sent or received. [RFC 9001 §4.1.2]
struct HandshakeConfirmed {};
/// The connection is over for the application; comes once, nothing else follows.
struct Closed {
  CloseReason reason;
};
struct DatagramReceived {};
/// There is room for outgoing DATAGRAMs again.
struct DatagramsUnblocked {};
/// The path is validated in both directions. Path 0 is never reported: the handshake opens it.
struct PathOpened {
  PathId path;
};
/// The path is abandoned. The last path may be closed by the peer; then the connection ends soon unless another opens.
struct PathClosed {
  PathId path;
  std::uint64_t code;
  bool by_peer;
};
/// The state of a closed path is gone: what it was like in the end.
struct PathDiscarded {
  PathStats stats;
};
/// The server may also be reached there. [quic.md §5.3]
struct CandidateAdded {
  SocketAddr address;
};
struct CandidateRemoved {
  SocketAddr address;
};
/// The peer sees us at this address, on this path. [quic.md §5.9]
struct ObservedAddress {
  PathId path;
  SocketAddr address;
};
/// The peer wants another status; a hint.
struct PathStatusChanged {
  PathId path;
  PathStatus status;
};

using ConnectionEvent =
    std::variant<HandshakeDataReady, EarlyDataDecided, Connected, HandshakeConfirmed, Closed, StreamEvent,
                 DatagramReceived, DatagramsUnblocked, PathOpened, PathClosed, PathDiscarded, PathStatusChanged,
                 CandidateAdded, CandidateRemoved, ObservedAddress>;

}  // namespace iroh::quic
