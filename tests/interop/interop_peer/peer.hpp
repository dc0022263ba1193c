// SPDX-License-Identifier: MIT OR Apache-2.0
// The two roles of the peer protocol (../README.md), and what they share.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iroh/iroh.hpp"

namespace iroh::interop {

struct PeerOptions {
  std::string role;
  std::vector<std::string> alpns;
  std::string id;
  std::string addr;
  std::optional<SecretKey> secret_key;
  SocketAddr bind = SocketAddr(IpAddr::v4_loopback(), 0);
  TransportOptions transport;
  bool retry = false;  ///< the server wants the client's address proven first
};

/// NAME=NUMBER of --set; false if there is no such setting.
bool apply_setting(std::string_view text, PeerOptions& options);
/// Binds to one address, with no relay and no lookup, and prints the line "ready".
Task<Endpoint> bind_peer(const PeerOptions& options);
/// by, code and reason of a closed connection.
void describe(const CloseReason& reason, boost::json::object& into);

Task<int> serve(PeerOptions options);
Task<int> connect(PeerOptions options);

}  // namespace iroh::interop
