// SPDX-License-Identifier: MIT OR Apache-2.0
// What a link can be plugged into: a host today, a router or a NAT box the same way.
#pragma once

#include "tests/sim/packet.hpp"

namespace iroh::sim {

class Link;

class Node {
 public:
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;

  virtual void plug_in(Link& link) = 0;
  /// True if a packet for this address should be given to this node: a host's own addresses, everything for a router.
  virtual bool accepts(const IpAddr& destination) const = 0;
  /// A packet arrives over a link.
  virtual void receive(Packet packet) = 0;
};

}  // namespace iroh::sim
