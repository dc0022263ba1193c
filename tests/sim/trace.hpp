// SPDX-License-Identifier: MIT OR Apache-2.0
// What happened to every packet: a running hash for comparing runs, and a hook for looking on. The hash covers time,
// addresses, sizes, marks and fates but no payload, because TLS libraries bring randomness of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/time.hpp"
#include "tests/sim/packet.hpp"

namespace iroh::sim {

enum class Fate : std::uint8_t {
  sent,               ///< a socket gave it to its host
  delivered,          ///< it is in the receiving socket's buffer
  duplicated,         ///< a link made a second copy
  reordered,          ///< a link holds it back, so that later ones overtake it
  marked,             ///< a link set Congestion Experienced
  lost,               ///< by chance
  dropped_blocked,    ///< the link's direction was blocked
  dropped_mtu,        ///< larger than the link carries
  dropped_queue,      ///< the queue before a slow link was full
  dropped_no_route,   ///< no link leads to the destination
  dropped_no_socket,  ///< nobody is bound to the destination
  dropped_buffer,     ///< the receiving socket's buffer was full
};

std::string_view to_string(Fate fate);

struct TraceEvent {
  base::Instant at;
  Fate fate;
  const Packet& packet;
};

class Trace {
 public:
  void set_hook(std::function<void(const TraceEvent&)> hook) { hook_ = std::move(hook); }
  void record(base::Instant at, Fate fate, const Packet& packet);
  std::uint64_t hash() const { return hash_; }
  std::uint64_t count(Fate fate) const { return counts_[static_cast<std::size_t>(fate)]; }

 private:
  void mix(std::uint64_t value);
  void mix(const SocketAddr& addr);

  std::uint64_t hash_ = 0xcbf29ce484222325u;  // FNV-1a's offset basis
  std::uint64_t counts_[12] = {};
  std::function<void(const TraceEvent&)> hook_;
};

}  // namespace iroh::sim
