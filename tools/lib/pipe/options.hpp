// SPDX-License-Identifier: MIT OR Apache-2.0
// What `iroh pipe` can be told on the command line. [tools.md §3.3]
#pragma once

#include <optional>
#include <string>

#include "iroh/base/socket_addr.hpp"

namespace iroh::tools {

struct PipeOptions {
  std::optional<SocketAddr> ipv4_addr;
  std::optional<SocketAddr> ipv6_addr;
  std::optional<std::string> custom_alpn;  ///< as typed
  int verbosity = 0;
  bool recv_only = false;   ///< listen, connect
  std::string ticket;       ///< connect*
  std::string address;      ///< --host of listen-tcp, --addr of connect-tcp, as typed
  std::string socket_path;  ///< listen-unix, connect-unix
};

}  // namespace iroh::tools
