// SPDX-License-Identifier: MIT OR Apache-2.0
// What every simulated network has: virtual time, the events to come, the randomness of the links, a trace. World puts
// sockets and timers for whole endpoints on top of it; quic/ puts bare quic::Endpoints there, without Asio.
#pragma once

#include <cstdint>

#include "base/random.hpp"
#include "base/time.hpp"
#include "tests/sim/event_queue.hpp"
#include "tests/sim/trace.hpp"

namespace iroh::sim {

class Network {
 public:
  explicit Network(std::uint64_t seed) : seed_(seed), network_random_(seed) {}
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  base::Instant now() const { return now_; }
  std::uint64_t seed() const { return seed_; }
  /// Draws decide loss, jitter and the like; do not use it for anything else, or the network changes with the test.
  base::SeededRandom& network_random() { return network_random_; }
  EventQueue& events() { return events_; }
  Trace& trace() { return trace_; }

  /// Goes to the next event and makes it happen, with everything else that is due at that instant: packets that arrive
  /// together are found together. Returns false, at limit, if there is none before.
  bool advance(base::Instant limit);

 protected:
  ~Network() = default;
  /// A moment later, whatever waits.
  void creep(base::Instant limit);

 private:
  std::uint64_t seed_;
  base::Instant now_{};
  base::SeededRandom network_random_;
  Trace trace_;
  EventQueue events_;
};

}  // namespace iroh::sim
