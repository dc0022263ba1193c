// SPDX-License-Identifier: MIT OR Apache-2.0
// One UDP datagram on its way through the simulated world.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "iroh/base/socket_addr.hpp"

namespace iroh::sim {

struct Packet {
  SocketAddr source;
  SocketAddr destination;
  std::uint8_t ecn = 0;
  std::vector<std::byte> payload;

  /// Bytes on the wire, as an MTU counts them: IP and UDP headers included.
  std::size_t wire_size() const { return payload.size() + (destination.is_v4() ? 20 : 40) + 8; }
};

}  // namespace iroh::sim
