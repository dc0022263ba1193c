// SPDX-License-Identifier: MIT OR Apache-2.0
// What quic::Endpoint knows when it makes a connection.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quic/connection/connection.hpp"
#include "quic/qlog/qlog_sink.hpp"
#include "quic/token/ticket_store.hpp"

namespace iroh::quic {

struct Connection::Parameters {
  Side side = Side::client;
  ConnectionHandle handle{};
  ConnectionHost* host = nullptr;
  base::Random* random = nullptr;
  Instant now;
  TransportConfig config;
  FourTuple four_tuple;
  bool every_known_address = false;
  ConnectionId local_cid;      ///< path 0, sequence 0
  ResetToken local_token{};    ///< of local_cid; servers send it as a transport parameter
  ConnectionId original_dcid;  ///< what the client chose for its first Initial
  ConnectionId remote_cid;     ///< server: the client's source id; client: original_dcid, until the server answers
  std::shared_ptr<const tls::Identity> identity;
  std::vector<std::string> alpns;
  std::shared_ptr<const tls::KeyLog> key_log;
  QlogOutput qlog;

  // Clients.
  std::optional<EndpointId> expected_remote;
  std::optional<SessionTicket> ticket;  ///< resumes an earlier session, with 0-RTT if that allows it
  std::vector<std::byte> token;         ///< for the first Initials: of the server's NEW_TOKEN, or empty

  // Servers.
  /// Token of the client's first Initial; later ones have the same. [quic.md §6.5]
  std::vector<std::byte> initial_token;
  bool is_address_validated = false;         ///< by that token
  std::optional<ConnectionId> retry_source;  ///< our Retry's source id, which the client's Initial keys come from
};

}  // namespace iroh::quic
