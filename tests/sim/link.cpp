// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/link.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "net/udp_socket.hpp"
#include "tests/sim/network.hpp"

namespace iroh::sim {

bool LinkDirection::happens(double probability) {
  if (probability <= 0) return false;  // without a draw, so that unused features do not change a run
  const auto draw = static_cast<double>(network_.network_random().next_u64() >> 11) * 0x1p-53;
  return draw < probability;
}

void LinkDirection::drop(Fate fate, std::uint64_t& counter, const Packet& packet) {
  ++counter;
  network_.trace().record(network_.now(), fate, packet);
}

void LinkDirection::transmit(Packet packet) {
  ++stats_.sent;
  stats_.sent_bytes += packet.wire_size();
  if (filter_ && !filter_(packet)) return drop(Fate::lost, stats_.lost, packet);
  if (is_blocked_) return drop(Fate::dropped_blocked, stats_.dropped_blocked, packet);
  if (packet.wire_size() > config_.mtu) return drop(Fate::dropped_mtu, stats_.dropped_mtu, packet);
  if (!enqueue(packet)) return drop(Fate::dropped_queue, stats_.dropped_queue, packet);
  // After the queue: a packet lost on the line has taken its time on it.
  if (happens(config_.loss)) return drop(Fate::lost, stats_.lost, packet);

  const bool is_duplicated = happens(config_.duplicate);
  const bool is_reordered = happens(config_.reorder);
  const base::Instant at = arrival_time(is_reordered);
  if (is_reordered) {
    ++stats_.reordered;
    network_.trace().record(network_.now(), Fate::reordered, packet);
  }
  if (is_duplicated) {
    ++stats_.duplicated;
    network_.trace().record(network_.now(), Fate::duplicated, packet);
    deliver_at(at, packet);
  }
  deliver_at(at, std::move(packet));
}

std::size_t LinkDirection::queued_bytes() const {
  if (config_.rate_bits_per_second == 0 || line_free_at_ <= network_.now()) return 0;
  const auto wait_ns = static_cast<double>((line_free_at_ - network_.now()).count());
  return static_cast<std::size_t>(wait_ns * static_cast<double>(config_.rate_bits_per_second) / 8e9);
}

// Puts the packet before the line and, if the network is of that kind, marks it. False: no room.
bool LinkDirection::enqueue(Packet& packet) {
  const std::size_t queued = queued_bytes();
  const bool is_waiting = queued > 0;
  if (is_waiting && queued + packet.wire_size() > config_.queue_bytes) return false;

  if (config_.clears_ecn) packet.ecn = net::ecn_not_ect;
  const bool is_congested = config_.ce_threshold_bytes > 0 && queued > config_.ce_threshold_bytes;
  const bool is_unlucky = happens(config_.ce);
  // [RFC 3168 §5] Only packets of ECN-capable transports may be marked.
  if ((is_congested || is_unlucky) && packet.ecn != net::ecn_not_ect && packet.ecn != net::ecn_ce) {
    packet.ecn = net::ecn_ce;
    ++stats_.marked;
    network_.trace().record(network_.now(), Fate::marked, packet);
  }

  line_free_at_ = std::max(line_free_at_, network_.now());
  if (config_.rate_bits_per_second > 0) {
    const std::uint64_t bits = packet.wire_size() * 8;
    line_free_at_ += base::Duration(bits * 1'000'000'000 / config_.rate_bits_per_second);
  }
  stats_.queue_bytes_max = std::max(stats_.queue_bytes_max, queued_bytes());
  return true;
}

// A packet that is held back does not hold back those behind it; all others keep their order.
base::Instant LinkDirection::arrival_time(bool is_held_back) {
  base::Instant at = line_free_at_ + config_.delay;
  if (config_.jitter.count() > 0) {
    at += base::Duration(network_.network_random().below(static_cast<std::uint64_t>(config_.jitter.count()) + 1));
  }
  at = std::max(at, last_arrival_);
  if (is_held_back) return round_up(at + config_.reorder_delay);
  last_arrival_ = at;
  return round_up(at);
}

base::Instant LinkDirection::round_up(base::Instant at) const {
  const auto step = config_.arrival_granularity.count();
  if (step <= 0) return at;
  return base::Instant(base::Duration((at.time_since_epoch().count() + step - 1) / step * step));
}

void LinkDirection::deliver_at(base::Instant at, Packet packet) {
  network_.events().schedule(at, [this, packet = std::move(packet)]() mutable {
    ++stats_.delivered;
    stats_.delivered_bytes += packet.wire_size();
    to_.receive(std::move(packet));
  });
}

LinkDirection& Link::from(const Node& node) {
  IROH_ASSERT(&node == &first_ || &node == &second_);
  return &node == &first_ ? forward_ : backward_;
}

void Link::set_config(const LinkConfig& config) {
  forward_.set_config(config);
  backward_.set_config(config);
}

void Link::block() {
  forward_.block();
  backward_.block();
}

void Link::unblock() {
  forward_.unblock();
  backward_.unblock();
}

}  // namespace iroh::sim
