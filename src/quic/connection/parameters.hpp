// SPDX-License-Identifier: MIT OR Apache-2.0
// What quic::Endpoint knows when it makes a connection.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quic/connection/connection.hpp"

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
  std::optional<EndpointId> expected_remote;  ///< clients only
};

}  // namespace iroh::quic
