// SPDX-License-Identifier: MIT OR Apache-2.0
// The demultiplexer: routes datagrams to connections by connection id, meets new clients, owns the connections.
//
// Driving it (the sans-I/O contract): after any input (handle_..., connect, accept, an application call on a connection
// followed by wake()) drain poll_transmit() and poll_event(), then ask poll_timeout(); only then give the next input.
// Calling anything late is legal, and only late. Nothing here reads a clock, a socket or global randomness.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/random.hpp"
#include "iroh/identity/endpoint_id.hpp"
#include "quic/cid/cid_generator.hpp"
#include "quic/connection/config.hpp"
#include "quic/connection/connection.hpp"
#include "quic/qlog/qlog_sink.hpp"
#include "quic/token/ticket_store.hpp"
#include "quic/token/token_keys.hpp"
#include "quic/token/token_store.hpp"
#include "quic/transmit.hpp"
#include "tls/session.hpp"

namespace iroh::quic {

struct InvariantHeader;
struct ParsedPacket;

enum class IncomingId : std::uint64_t {};

/// A client has sent a first Initial. It waits, with what else it sends, until accept(), refuse() or ignore().
struct NewIncoming {
  IncomingId id;
  FourTuple four_tuple;
  bool is_address_validated = false;  ///< it came with a token of ours
  bool may_retry = true;              ///< see Endpoint::retry()
};
/// The connection has events to poll, or an application call may succeed now.
struct ConnectionReady {
  ConnectionHandle connection;
};
/// The connection is past its draining period; its handle and object are gone after this event.
struct ConnectionDrained {
  ConnectionHandle connection;
};
using EndpointEvent = std::variant<NewIncoming, ConnectionReady, ConnectionDrained>;

struct EndpointConfig {
  TransportConfig transport;
  /// Undecided incoming connections. Without the bound an attacker with many source ports fills memory by Initials.
  std::size_t max_incoming = 65'536;
  /// Datagrams buffered for undecided incoming connections: each and in total. [quic.md §1.2]
  std::size_t incoming_buffer = 10 << 20;
  std::size_t incoming_buffer_total = 100 << 20;
  Duration stateless_reset_interval = base::milliseconds(20);
  /// Session tickets kept for servers that were dialled. [endpoint.md §2.8]
  std::size_t max_tickets = 256;
  /// For debugging: with these lines anybody can read the traffic. [endpoint.md §2.11]
  std::shared_ptr<const tls::KeyLog> key_log = nullptr;
  /// Asked for each connection whether there is to be a trace, and where it goes. [observability.md §4]
  QlogFactory qlog = nullptr;
};

struct ConnectRequest {
  EndpointId remote;
  FourTuple first;                   ///< where path 0 points until an answer comes
  bool every_known_address = false;  ///< see Transmit::to_every_known_address
  std::vector<std::string> alpns;
  std::optional<TransportConfig> transport;  ///< instead of the endpoint's
};

class Endpoint final : private ConnectionHost {
 public:
  Endpoint(EndpointConfig config, std::shared_ptr<const tls::Identity> identity, base::Random& random);
  ~Endpoint() override;

  /// Decrypts in place: the payload is used up.
  void handle_datagrams(Instant now, const ReceivedDatagrams& datagrams);
  void handle_timeout(Instant now);

  std::expected<ConnectionHandle, CloseReason> connect(Instant now, ConnectRequest request);
  /// Handles what the client has sent so far; an error means that it was no valid handshake.
  std::expected<ConnectionHandle, CloseReason> accept(Instant now, IncomingId id, const std::vector<std::string>& alpns,
                                                      const std::optional<TransportConfig>& transport = std::nullopt);
  void refuse(Instant now, IncomingId id);  ///< CONNECTION_REFUSED
  /// Has the client prove its address: it comes back as another NewIncoming. False, and nothing done, if it has already
  /// answered a Retry. [RFC 9000 §8.1.2]
  bool retry(Instant now, IncomingId id);
  void ignore(IncomingId id);  ///< no answer at all
  /// Off: Initials of unknown clients are dropped, and NewIncoming does not come any more.
  void set_accepting(bool accepting) noexcept { is_accepting_ = accepting; }

  /// Null after ConnectionDrained. After application calls on it, call wake().
  Connection* connection(ConnectionHandle handle) noexcept;
  void wake(ConnectionHandle handle);
  std::size_t connection_count() const noexcept { return connections_.size(); }

  /// buffer: at least 64 KiB lets a whole train through; at least 1452 bytes are needed.
  std::optional<Transmit> poll_transmit(Instant now, MutableByteSpan buffer);
  std::optional<EndpointEvent> poll_event();
  std::optional<Instant> poll_timeout() const;

 private:
  struct Pending;  // an undecided incoming connection
  struct Slot;     // a connection and its bookkeeping
  struct Route {
    ConnectionHandle connection;
    PathId path;
  };
  struct Reply {
    FourTuple four_tuple;
    std::vector<std::byte> datagram;
  };
  struct Deadline {
    Instant at;
    ConnectionHandle connection;
  };
  struct TokenHash {
    std::size_t operator()(const ResetToken& token) const noexcept;
  };

  // ConnectionHost
  ConnectionId issue_cid(ConnectionHandle handle, PathId path, ResetToken& token) override;
  void retire_cid(const ConnectionId& cid) override;
  void watch_reset_token(ConnectionHandle handle, const ResetToken& token) override;
  void keep_ticket(const EndpointId& server, SessionTicket ticket) override;
  void keep_token(const EndpointId& server, ByteSpan token) override;
  std::vector<std::byte> make_new_token(Instant now, const SocketAddr& client) override;

  // routing.cpp
  void handle_run(Instant now, const ReceivedDatagrams& run, ByteSpan dcid);
  void handle_unrouted(Instant now, const ReceivedDatagrams& datagram);
  bool handle_stateless_reset(ByteSpan datagram);
  // incoming.cpp
  void handle_first_initial(Instant now, const ReceivedDatagrams& datagram);
  void meet(Instant now, const ReceivedDatagrams& datagram, const ParsedPacket& initial);
  void buffer(Pending& pending, const ReceivedDatagrams& datagram);
  std::unique_ptr<Pending> take_incoming(IncomingId id);
  // replies.cpp
  void send_version_negotiation(const FourTuple& four_tuple, const InvariantHeader& received);
  void send_stateless_reset(Instant now, const ReceivedDatagrams& datagram);
  void send_initial_close(const FourTuple& four_tuple, const ConnectionId& dcid, const ConnectionId& scid,
                          ErrorCode code, std::string_view reason);
  void queue_reply(const FourTuple& four_tuple, std::vector<std::byte> datagram);
  // scheduling in endpoint.cpp
  /// A new handle with its slot and first connection id, and all that does not depend on who dials.
  Connection::Parameters begin_connection(Instant now, Side side, const std::optional<TransportConfig>& transport);
  void begin_trace(Connection::Parameters& parameters) const;
  void after_input(ConnectionHandle handle, Slot& slot);
  void announce_events(ConnectionHandle handle, Slot& slot);
  void schedule(ConnectionHandle handle, Slot& slot);
  void remove(ConnectionHandle handle, Slot& slot);
  Slot* find(ConnectionHandle handle) noexcept;

  EndpointConfig config_;
  std::shared_ptr<const tls::Identity> identity_;
  base::Random& random_;
  CidGenerator cid_generator_;
  TokenKeys token_keys_;
  TokenStore tokens_;
  TicketStore tickets_;
  bool is_accepting_ = true;

  std::unordered_map<ConnectionId, Route> routes_;
  std::unordered_map<ResetToken, ConnectionHandle, TokenHash> reset_tokens_;
  std::unordered_map<ConnectionHandle, std::unique_ptr<Slot>> connections_;
  std::uint64_t next_handle_ = 0;

  std::unordered_map<ConnectionId, IncomingId> incoming_by_dcid_;
  std::unordered_map<IncomingId, std::unique_ptr<Pending>> incoming_;
  std::uint64_t next_incoming_ = 0;
  std::size_t incoming_bytes_ = 0;

  std::deque<Reply> replies_;  // datagrams outside any connection
  std::deque<ConnectionHandle> transmit_queue_;
  std::deque<EndpointEvent> events_;
  std::vector<Deadline> deadlines_;  // heap, earliest first; entries may be stale
  std::vector<Deadline> due_;        // scratch of handle_timeout()
  std::optional<Instant> last_stateless_reset_;
};

}  // namespace iroh::quic
