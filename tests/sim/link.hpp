// SPDX-License-Identifier: MIT OR Apache-2.0
// A point-to-point link: per direction a queue before a line of some rate, then delay, jitter, loss, reordering and
// duplication, all of them by chance from the world's seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "base/time.hpp"
#include "tests/sim/node.hpp"
#include "tests/sim/trace.hpp"

namespace iroh::sim {

class Network;

struct LinkConfig {
  base::Duration delay = base::milliseconds(10);  ///< one way
  base::Duration jitter{0};                       ///< up to this much more, evenly; by itself it does not reorder
  double loss = 0;                                ///< probabilities, from 0 to 1
  double duplicate = 0;
  double reorder = 0;  ///< of being held back by reorder_delay
  base::Duration reorder_delay = base::milliseconds(5);
  std::uint64_t rate_bits_per_second = 0;  ///< 0: unlimited, and the queue never fills
  std::size_t queue_bytes = 256 * 1024;    ///< waiting for the line
  std::size_t mtu = 1500;                  ///< IP and UDP headers included; larger packets vanish
  std::size_t ce_threshold_bytes = 0;      ///< queue above which ECN-capable packets are marked; 0: never
  double ce = 0;                           ///< probability of a mark whatever the queue
  bool clears_ecn = false;                 ///< some middleboxes do
  /// Arrivals are rounded up to multiples of this, as a network card that interrupts seldom does; 0: exact. Without it
  /// a paced line never forms receive batches.
  base::Duration arrival_granularity{0};
};

struct LinkStats {
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;  ///< wire sizes
  std::uint64_t delivered = 0;   ///< duplicates included
  std::uint64_t delivered_bytes = 0;
  std::uint64_t lost = 0;
  std::uint64_t reordered = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t marked = 0;
  std::uint64_t dropped_blocked = 0;
  std::uint64_t dropped_mtu = 0;
  std::uint64_t dropped_queue = 0;
  std::size_t queue_bytes_max = 0;  ///< highest seen
};

/// One direction of a link.
class LinkDirection {
 public:
  LinkDirection(Network& network, Node& to, const LinkConfig& config) : network_(network), to_(to), config_(config) {}

  void transmit(Packet packet);

  /// Packets in flight are not touched by the following.
  void set_config(const LinkConfig& config) { config_ = config; }
  const LinkConfig& config() const { return config_; }
  void block() { is_blocked_ = true; }
  void unblock() { is_blocked_ = false; }
  /// Sees every packet first, and may change it; false: the packet is lost. None: everything passes as it is.
  void set_filter(std::function<bool(Packet&)> filter) { filter_ = std::move(filter); }

  const LinkStats& stats() const { return stats_; }
  Node& to() const { return to_; }

 private:
  bool enqueue(Packet& packet);
  std::size_t queued_bytes() const;
  base::Instant arrival_time(bool is_held_back);
  base::Instant round_up(base::Instant at) const;
  void drop(Fate fate, std::uint64_t& counter, const Packet& packet);
  void deliver_at(base::Instant at, Packet packet);
  bool happens(double probability);

  Network& network_;
  Node& to_;
  LinkConfig config_;
  LinkStats stats_;
  bool is_blocked_ = false;
  std::function<bool(Packet&)> filter_;
  base::Instant line_free_at_{};  ///< when the line has sent everything accepted so far
  base::Instant last_arrival_{};  ///< of packets that keep their order
};

class Link {
 public:
  Link(Network& network, Node& first, Node& second, const LinkConfig& config)
      : first_(first), second_(second), forward_(network, second, config), backward_(network, first, config) {}

  /// The direction that leaves this node, which must be one of the link's two.
  LinkDirection& from(const Node& node);
  Node& other_end(const Node& node) { return from(node).to(); }
  /// One of several links between two nodes: it carries only what goes between these two addresses.
  void carry_only(const IpAddr& of_first, const IpAddr& of_second) { only_ = {of_first, of_second}; }
  bool is_for_all() const { return !only_; }
  bool carries(const IpAddr& source, const IpAddr& destination) const {
    return is_for_all() || *only_ == std::pair(source, destination) || *only_ == std::pair(destination, source);
  }
  /// Both directions at once.
  void set_config(const LinkConfig& config);
  void block();
  void unblock();

 private:
  Node& first_;
  Node& second_;
  LinkDirection forward_;
  LinkDirection backward_;
  std::optional<std::pair<IpAddr, IpAddr>> only_;
};

}  // namespace iroh::sim
