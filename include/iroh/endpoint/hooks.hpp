// SPDX-License-Identifier: MIT OR Apache-2.0
/// EndpointHooks: a program's say in every connection of an endpoint, before the dial and after the handshake.
/// [endpoint.md §3.10]
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "iroh/endpoint/connection.hpp"
#include "iroh/endpoint/task.hpp"
#include "iroh/identity/endpoint_addr.hpp"
#include "iroh/identity/endpoint_id.hpp"

namespace iroh {

/// A connection whose handshake is complete and that nobody has been given yet.
struct ConnectionInfo {
  EndpointId remote_id;
  std::string alpn;
  Side side = Side::client;
  std::vector<Path> paths;
  WeakConnection connection;
};

enum class ConnectVerdict : std::uint8_t { accept, reject };

/// A rejected connection is closed with code (below 2^62) and reason.
struct HandshakeVerdict {
  bool is_accepted = true;
  std::uint64_t code = 0;
  std::string reason;

  static HandshakeVerdict accept() { return {}; }
  static HandshakeVerdict reject(std::uint64_t with_code, std::string with_reason = {}) {
    return {.is_accepted = false, .code = with_code, .reason = std::move(with_reason)};
  }
};

/// All hooks of an endpoint run one after the other, in the order of EndpointOptions::hooks; the first that rejects
/// ends it, and whoever waits for the connection gets EndpointError::locally_rejected. An exception rejects, too.
///
/// Hooks are awaited: a slow one delays the connection, though no other. They run on the endpoint's executor, several
/// at once if several threads run that. They must not hold an Endpoint or a Connection: neither would ever be dropped.
class EndpointHooks {
 public:
  EndpointHooks() = default;
  EndpointHooks(const EndpointHooks&) = delete;
  EndpointHooks& operator=(const EndpointHooks&) = delete;
  virtual ~EndpointHooks() = default;

  /// For each connect(), before anything is sent.
  virtual Task<ConnectVerdict> before_connect(EndpointAddr remote, std::string alpn);
  /// For each connection of either side, before connect() or Incoming::accept() completes.
  virtual Task<HandshakeVerdict> after_handshake(ConnectionInfo connection);
};

}  // namespace iroh
