// SPDX-License-Identifier: MIT OR Apache-2.0
// Under which addresses peers can reach us. Sources so far: interfaces, bound addresses, configuration. [endpoint.md
// §4.9]
#pragma once

#include <span>
#include <vector>

#include "iroh/base/socket_addr.hpp"
#include "net/platform.hpp"

namespace iroh::endpoint {

/// In order of the sources, without duplicates.
std::vector<SocketAddr> direct_addresses(std::span<const SocketAddr> bound,
                                         std::span<const net::InterfaceAddr> interfaces,
                                         std::span<const SocketAddr> external);

}  // namespace iroh::endpoint
