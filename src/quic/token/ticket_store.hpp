// SPDX-License-Identifier: MIT OR Apache-2.0
// A client's session tickets with the transport parameters that 0-RTT data goes by. One store serves one endpoint, so
// tickets are never used under another identity; tls checks that again. [endpoint.md 22], [quic.md §2.4]
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "quic/token/peer_cache.hpp"
#include "quic/wire/transport_parameters.hpp"

namespace iroh::quic {

struct SessionTicket {
  std::vector<std::byte> ticket;   ///< of tls::NewTicket
  TransportParameters parameters;  ///< the server's, as remembered_parameters() left them
};

class TicketStore {
 public:
  /// [endpoint.md §2.8]
  static constexpr std::size_t tickets_per_server = 8;
  /// Longer ones are passed over: the server chooses the length, we would hold hundreds.
  static constexpr std::size_t ticket_size_max = 4096;

  explicit TicketStore(std::size_t max_tickets) noexcept
      : tickets_((max_tickets + tickets_per_server - 1) / tickets_per_server,
                 std::min(max_tickets, tickets_per_server)) {}

  void add(const EndpointId& server, SessionTicket ticket) {
    if (ticket.ticket.size() <= ticket_size_max) tickets_.add(server, std::move(ticket));
  }
  /// The newest; tickets are used once, so that observers cannot link connections. [RFC 8446 §C.4]
  std::optional<SessionTicket> take(const EndpointId& server) { return tickets_.take(server); }

 private:
  PeerCache<SessionTicket> tickets_;
};

}  // namespace iroh::quic
