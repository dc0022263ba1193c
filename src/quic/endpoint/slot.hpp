// SPDX-License-Identifier: MIT OR Apache-2.0
// Internal to quic::Endpoint: what it keeps beside each connection and each undecided incoming one.
#pragma once

#include <optional>
#include <vector>

#include "quic/endpoint/endpoint.hpp"
#include "quic/wire/packet_header.hpp"

namespace iroh::quic {

struct Endpoint::Slot {
  std::unique_ptr<Connection> connection;
  std::vector<ConnectionId> cids;    // routed to this connection
  std::vector<ResetToken> tokens;    // watched for this connection
  std::optional<Instant> scheduled;  // the earliest entry of ours in the deadline heap
  bool is_in_transmit_queue = false;
  bool is_ready_queued = false;
  bool is_removed = false;  // drained: waits for the application to take its last events
};

struct Endpoint::Pending {
  FourTuple four_tuple;
  ConnectionId dcid;
  ConnectionId scid;
  std::vector<std::byte> token;              // of the first Initial
  TokenVerdict verdict;                      // on that token
  std::vector<ReceivedDatagrams> datagrams;  // copies of ours
  std::size_t bytes = 0;
};

}  // namespace iroh::quic
