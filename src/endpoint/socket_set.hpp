// SPDX-License-Identifier: MIT OR Apache-2.0
// The bound sockets of an endpoint, and which of them a datagram leaves through. [endpoint.md §4.3]
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "endpoint/bind_plan.hpp"
#include "iroh/base/result.hpp"
#include "net/platform.hpp"
#include "net/udp_socket.hpp"

namespace iroh::endpoint {

struct BoundSocket {
  std::unique_ptr<net::UdpSocket> socket;
  SocketAddr addr;  ///< with the real port
  std::uint8_t prefix_len = 0;
  bool is_default_route = false;
};

/// In order: IPv4 before IPv6, longer prefixes first.
using SocketList = std::vector<BoundSocket>;

/// Fails with the system's error if a required address cannot be bound, or with EndpointError::no_valid_address.
Result<SocketList> bind_sockets(net::Platform& platform, const std::vector<PlannedSocket>& plan);

/// Index of the socket, if any, that a datagram to remote leaves through; source: the address it must come from, if
/// that matters.
std::optional<std::size_t> select_socket(const SocketList& sockets, const SocketAddr& remote,
                                         const std::optional<IpAddr>& source);

/// True if the first prefix_len bits are equal; both must be of one family.
bool is_in_network(const IpAddr& ip, const IpAddr& network, unsigned prefix_len);

}  // namespace iroh::endpoint
