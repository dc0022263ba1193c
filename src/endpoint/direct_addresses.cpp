// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/direct_addresses.hpp"

#include <algorithm>

namespace iroh::endpoint {
namespace {

/// Addresses that another host may reach: link-local IPv6 ones mean nothing without the reader's own interface.
bool is_regular(const net::InterfaceAddr& interface) {
  return interface.is_up && !interface.is_loopback && !interface.ip.is_loopback() && !interface.ip.is_unspecified() &&
         !interface.ip.is_multicast() && !(interface.ip.is_v6() && interface.ip.is_link_local());
}

}  // namespace

std::vector<SocketAddr> direct_addresses(std::span<const SocketAddr> bound,
                                         std::span<const net::InterfaceAddr> interfaces,
                                         std::span<const SocketAddr> external) {
  std::vector<SocketAddr> result;
  const auto add = [&](const SocketAddr& addr) {
    if (std::ranges::find(result, addr) == result.end()) result.push_back(addr);
  };
  const bool has_regular = std::ranges::any_of(interfaces, is_regular);
  for (const SocketAddr& socket : bound) {
    if (!socket.ip().is_unspecified()) continue;
    for (const net::InterfaceAddr& interface : interfaces) {
      if (interface.ip.is_v4() != socket.is_v4()) continue;
      // [endpoint.md §4.9] Loopback only if there is nothing else.
      const bool is_wanted = has_regular ? is_regular(interface) : interface.is_up && interface.ip.is_loopback();
      if (is_wanted) add(SocketAddr(interface.ip, socket.port()));
    }
  }
  for (const SocketAddr& socket : bound) {
    if (!socket.ip().is_unspecified()) add(socket);
  }
  for (const SocketAddr& addr : external) add(addr);
  return result;
}

}  // namespace iroh::endpoint
