// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/trace.hpp"

namespace iroh::sim {

std::string_view to_string(Fate fate) {
  switch (fate) {
    case Fate::sent:
      return "sent";
    case Fate::delivered:
      return "delivered";
    case Fate::duplicated:
      return "duplicated";
    case Fate::reordered:
      return "reordered";
    case Fate::marked:
      return "marked";
    case Fate::lost:
      return "lost";
    case Fate::dropped_blocked:
      return "dropped: blocked";
    case Fate::dropped_mtu:
      return "dropped: larger than the MTU";
    case Fate::dropped_queue:
      return "dropped: queue full";
    case Fate::dropped_no_route:
      return "dropped: no route";
    case Fate::dropped_no_socket:
      return "dropped: no socket";
    case Fate::dropped_buffer:
      return "dropped: receive buffer full";
  }
  return "unknown";
}

void Trace::mix(std::uint64_t value) {
  hash_ = (hash_ ^ value) * 0x100000001b3u;  // FNV-1a's prime, a word at a time
  hash_ ^= hash_ >> 29;                      // so that the high bits reach the low ones
}

void Trace::mix(const SocketAddr& addr) {
  mix(std::hash<SocketAddr>()(addr));
}

void Trace::record(base::Instant at, Fate fate, const Packet& packet) {
  ++counts_[static_cast<std::size_t>(fate)];
  mix(static_cast<std::uint64_t>(at.time_since_epoch().count()));
  mix(static_cast<std::uint64_t>(fate));
  mix(packet.source);
  mix(packet.destination);
  mix(packet.ecn);
  mix(packet.payload.size());
  if (hook_) hook_({at, fate, packet});
}

}  // namespace iroh::sim
