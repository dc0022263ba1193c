// SPDX-License-Identifier: MIT OR Apache-2.0
// Our addresses to the system's sockaddr and back.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

#include "iroh/base/socket_addr.hpp"

namespace iroh::net {

struct SystemAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  explicit SystemAddress(const SocketAddr& addr);
};

/// Nothing for other families than IPv4 and IPv6.
std::optional<SocketAddr> from_system(const sockaddr_storage& storage);

in_addr to_system_v4(const IpAddr& ip);
in6_addr to_system_v6(const IpAddr& ip);
IpAddr from_system(const in_addr& ip);
IpAddr from_system(const in6_addr& ip);

}  // namespace iroh::net
