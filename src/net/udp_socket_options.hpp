// SPDX-License-Identifier: MIT OR Apache-2.0
// What a UDP socket may use of the kernel's offers. All are tried and given up where the kernel lacks them; tests and
// users with broken drivers turn them off.
#pragma once

#include <cstddef>

namespace iroh::net {

struct UdpSocketOptions {
  bool gso = true;      ///< send trains in one call (UDP_SEGMENT)
  bool gro = true;      ///< receive trains in one message (UDP_GRO)
  bool ecn = true;      ///< set and report ECN marks
  bool pktinfo = true;  ///< choose and report the local address
  /// Requested for each direction; the system may grant less. [endpoint.md §4.6]
  std::size_t buffer_bytes = std::size_t{7} << 20;
};

}  // namespace iroh::net
