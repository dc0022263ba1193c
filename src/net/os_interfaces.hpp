// SPDX-License-Identifier: MIT OR Apache-2.0
// The addresses of this machine's network interfaces.
#pragma once

#include <vector>

#include "net/platform.hpp"

namespace iroh::net {

/// IPv4 and IPv6 addresses, in the system's order; empty if the system does not tell.
std::vector<InterfaceAddr> os_interface_addresses();

}  // namespace iroh::net
