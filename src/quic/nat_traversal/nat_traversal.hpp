// SPDX-License-Identifier: MIT OR Apache-2.0
// NAT traversal of one connection, as the conductor sees it; made when it was negotiated. The frames travel on any path
// that works, the probes go straight to the addresses that may be reachable. [quic.md §5]
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <variant>
#include <vector>

#include "base/random.hpp"
#include "quic/frame/address_frames.hpp"
#include "quic/nat_traversal/nat_traversal_client.hpp"
#include "quic/nat_traversal/nat_traversal_server.hpp"
#include "quic/nat_traversal/nat_traversal_types.hpp"
#include "quic/space/sent_frame.hpp"
#include "quic/transport_error.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

class NatTraversal {
 public:
  NatTraversal(Side side, const NatTraversalConfig& config);

  // --- the application -----------------------------------------------------------------------------------------------
  /// Where this side may be reached. A known one is accepted again without effect.
  std::expected<void, NatTraversalError> add_candidate(const SocketAddr& address);
  /// False if it was not one.
  bool remove_candidate(const SocketAddr& address);
  /// The client only: tells the server our candidates and probes all of its. Replaces the round that may be running.
  std::expected<void, NatTraversalError> start_round(Instant now);
  /// The client: what the server has announced. The server: what the client named in this round.
  std::vector<SocketAddr> remote_candidates() const;

  // --- frames in: PROTOCOL_VIOLATION if this side must not receive it, or too much
  // ---------------------------------------
  /// An address that was not known under this sequence: worth an event, and perhaps a round.
  TransportResult<std::optional<SocketAddr>> on_add_address(const AddAddressFrame& frame);
  /// The address that is gone, if it was known.
  TransportResult<std::optional<SocketAddr>> on_remove_address(const RemoveAddressFrame& frame);
  TransportResult<void> on_reach_out(Instant now, const ReachOutFrame& frame);

  // --- frames out: ADD_ADDRESS, REMOVE_ADDRESS, REACH_OUT, on any path
  // -----------------------------------------------------
  bool can_send() const noexcept;
  void write(PacketWriter& packet);
  void on_acked(const SentFrame& frame);
  void on_lost(const SentFrame& frame);

  // --- probes --------------------------------------------------------------------------------------------------------
  bool has_probe() const noexcept { return probes().has_probe(); }
  /// The next probe to send now, on the lowest validated path: a PATH_CHALLENGE alone, not padded. [quic.md 73]
  std::optional<Probe> poll_probe(base::Random& random) { return probes().poll(random); }
  std::optional<Instant> deadline() const noexcept { return probes().deadline(); }
  void on_timeout(Instant now) noexcept { probes().on_timeout(now); }

  /// The client answers a challenge from elsewhere: the token to put beside the PATH_RESPONSE, unless a validated path
  /// has that 4-tuple. Nothing on a server. It is not retried. [quic.md 74]
  std::optional<PathToken> make_extra_challenge(base::Random& random, const SocketAddr& to);
  /// A PATH_RESPONSE that no path knows, and where it came from. If it answers a probe sent to that very address, the
  /// 4-tuple that works: the client opens a path on it as Backup, unless one exists there. [quic.md 75, 76]
  std::optional<FourTuple> on_path_response(const PathToken& token, const FourTuple& from);

  // --- opening paths later (client) [quic.md 49, 76]
  // ---------------------------------------------------------------------
  /// There was no path id or connection id for it.
  void defer_open(const FourTuple& four_tuple);
  /// MAX_PATH_ID grew or connection ids came: the oldest that waits. Defer it again if it still cannot be opened, and
  /// then stop asking.
  std::optional<FourTuple> take_pending_open();

  /// Whether probes can go to IPv6 addresses, for what is added from now on. [quic.md 78]
  void set_supports_ipv6(bool value) noexcept;
  /// The connection closes: no probe, no timer, no frame from now on. [quic.md 79]
  void close() noexcept;

 private:
  ProbeSchedule& probes() noexcept;
  const ProbeSchedule& probes() const noexcept;
  NatTraversalClient* client() noexcept { return std::get_if<NatTraversalClient>(&role_); }
  NatTraversalServer* server() noexcept { return std::get_if<NatTraversalServer>(&role_); }

  std::variant<NatTraversalClient, NatTraversalServer> role_;
  bool is_closed_ = false;
};

}  // namespace iroh::quic
