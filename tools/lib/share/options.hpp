// SPDX-License-Identifier: MIT OR Apache-2.0
// What `iroh send` and `iroh receive` can be told on the command line. [tools.md §2.1]
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "iroh/base/socket_addr.hpp"

namespace iroh::tools {

enum class TicketType : std::uint8_t { id, relay_and_addresses, relay, addresses };

struct ShareOptions {
  std::optional<SocketAddr> ipv4_addr;
  std::optional<SocketAddr> ipv6_addr;
  std::optional<std::string> relay;  ///< as typed: disabled, default or a URL
  int verbosity = 0;
  bool no_progress = false;
  bool show_secret = false;
  bool json = false;
};

struct SendOptions {
  ShareOptions share;
  std::string path;  ///< as typed
  TicketType ticket_type = TicketType::relay_and_addresses;
  bool clipboard = false;
};

struct ReceiveOptions {
  ShareOptions share;
  std::string ticket;
  std::string output = ".";         ///< the folder for what is received
  std::optional<std::string> name;  ///< for the one file of a raw ticket
  unsigned retries = 0;
};

}  // namespace iroh::tools
