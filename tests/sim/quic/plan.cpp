// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/quic/plan.hpp"

#include <array>
#include <numeric>
#include <string_view>

#include "base/random.hpp"

namespace iroh::sim {
namespace {

using base::milliseconds;
using base::seconds;

constexpr std::array<std::string_view, operation_kinds> names = {
    "open_bi",       "open_uni",         "write",          "write_much",     "finish", "reset",
    "read",          "read_all",         "stop",           "datagrams",      "dial",   "close",
    "open_path",     "close_path",       "set_status",     "network_change", "wait",   "wait_long",
    "set_loss",      "drop_next",        "duplicate_next", "delay_next",     "block",  "unblock",
    "rebind",        "interface_down",   "interface_up",   "pause",          "resume", "set_mtu",
    "add_candidate", "remove_candidate", "nat_round"};

/// How often a kind comes if the seed does not say otherwise: endings and outages are rare, so that most of a run is
/// spent on a live connection.
constexpr std::array<std::uint8_t, operation_kinds> usual_weights = {
    6,  6, 20, 4, 6, 3, 12, 6, 3, 6, 1, 1,        // application
    5,  3, 5,  3,                                 // paths
    20, 2, 3,  6, 4, 4, 2,  4, 2, 2, 3, 1, 2, 1,  // network
    3,  1, 3};

std::uint64_t between(base::Random& random, std::uint64_t low, std::uint64_t high) {
  return low + random.below(high - low + 1);
}

double probability(base::Random& random, std::uint64_t per_1000_max) {
  return static_cast<double>(random.below(per_1000_max + 1)) / 1000.0;
}

LinkConfig draw_link(base::Random& random) {
  LinkConfig link;
  link.delay = milliseconds(between(random, 1, random.chance(1, 5) ? 300 : 50));
  if (random.chance(1, 2)) link.jitter = milliseconds(between(random, 0, 30));
  if (random.chance(1, 2)) link.loss = probability(random, 60);
  if (random.chance(1, 3)) link.duplicate = probability(random, 50);
  if (random.chance(1, 3)) {
    link.reorder = probability(random, 100);
    link.reorder_delay = milliseconds(between(random, 1, 60));
  }
  if (random.chance(1, 3)) link.rate_bits_per_second = between(random, 1, 100) * 1'000'000;
  if (random.chance(1, 4)) link.queue_bytes = between(random, 10'000, 200'000);
  if (random.chance(1, 4)) link.mtu = between(random, 1228, 1500);
  if (random.chance(1, 6)) link.ce = probability(random, 50);
  if (random.chance(1, 8)) link.clears_ecn = true;
  return link;
}

quic::TransportConfig draw_transport(base::Random& random) {
  quic::TransportConfig transport;
  if (random.chance(1, 4)) transport.max_concurrent_paths = static_cast<std::uint32_t>(random.below(4));
  if (random.chance(1, 3)) transport.max_concurrent_bi_streams = between(random, 1, 10);
  if (random.chance(1, 3)) transport.max_concurrent_uni_streams = between(random, 1, 10);
  if (random.chance(1, 3)) transport.stream_receive_window = between(random, 1'000, 100'000);
  if (random.chance(1, 3)) transport.receive_window = between(random, 5'000, 300'000);
  if (random.chance(1, 3)) transport.send_window = between(random, 5'000, 300'000);
  if (random.chance(1, 6)) transport.datagram_receive_buffer = random.below(3) * 2'000;
  if (random.chance(1, 6)) transport.datagram_send_buffer = between(random, 100, 5'000);
  if (random.chance(1, 4)) transport.keep_alive_interval = seconds(0);
  if (random.chance(1, 4)) transport.max_idle_timeout = seconds(between(random, 5, 60));
  if (random.chance(1, 4)) transport.mtu_discovery = false;
  if (random.chance(1, 4)) transport.gso_segments_max = between(random, 1, 10);
  if (random.chance(1, 4)) transport.active_connection_id_limit = between(random, 2, 5);
  if (random.chance(1, 4)) transport.max_remote_candidates = static_cast<std::uint8_t>(random.below(4));
  transport.scheduler = static_cast<quic::SchedulerKind>(random.below(3));
  if (random.chance(1, 4)) transport.path_idle_timeout = seconds(between(random, 2, 30));
  if (random.chance(1, 3)) transport.congestion = quic::CongestionAlgorithm::new_reno;
  if (random.chance(1, 6)) transport.initial_rtt = milliseconds(between(random, 10, 1000));
  return transport;
}

void draw_settings(Plan& plan, base::Random& random) {
  plan.link = draw_link(random);
  plan.second_link = draw_link(random);
  plan.client = draw_transport(random);
  plan.server = draw_transport(random);
}

std::array<std::uint64_t, operation_kinds> draw_weights(base::Random& random) {
  std::array<std::uint64_t, operation_kinds> weights{};
  for (std::size_t i = 0; i < operation_kinds; ++i) {
    const bool is_left_out = random.chance(1, 3);
    weights[i] = is_left_out ? 0 : usual_weights[i] * between(random, 1, 4);
  }
  weights[static_cast<std::size_t>(OperationKind::wait)] += 10;
  return weights;
}

Operation draw_operation(base::Random& random, const std::array<std::uint64_t, operation_kinds>& weights) {
  std::uint64_t at = random.below(std::accumulate(weights.begin(), weights.end(), std::uint64_t{0}));
  std::size_t kind = 0;
  while (at >= weights[kind]) at -= weights[kind++];
  return {static_cast<OperationKind>(kind), static_cast<std::uint8_t>(random.below(2)),
          static_cast<std::uint16_t>(random.next_u64()), static_cast<std::uint16_t>(random.next_u64())};
}

}  // namespace

std::string to_string(const Operation& operation) {
  return std::string(names[static_cast<std::size_t>(operation.kind)]) +
         (operation.side == 0 ? " client " : " server ") + std::to_string(operation.a) + " " +
         std::to_string(operation.b);
}

Plan Plan::from_seed(std::uint64_t seed) {
  base::SeededRandom random(seed ^ 0x706c616e);
  Plan plan{.seed = seed};
  draw_settings(plan, random);
  const auto weights = draw_weights(random);
  const std::uint64_t count = between(random, 10, 250);
  for (std::uint64_t i = 0; i < count; ++i) plan.operations.push_back(draw_operation(random, weights));
  return plan;
}

Plan Plan::from_bytes(std::span<const std::uint8_t> bytes) {
  Plan plan;
  if (bytes.size() < 2) return plan;
  plan.seed = static_cast<std::uint64_t>(bytes[0]) << 8 | bytes[1];
  base::SeededRandom random(plan.seed);
  draw_settings(plan, random);
  for (std::size_t at = 2; at + 4 <= bytes.size() && plan.operations.size() < 200; at += 4) {
    Operation operation;
    operation.kind = static_cast<OperationKind>((bytes[at] & 0x7f) % operation_kinds);
    operation.side = static_cast<std::uint8_t>(bytes[at] >> 7);
    operation.a = static_cast<std::uint16_t>(bytes[at + 1] << 8 | bytes[at + 2]);
    operation.b = static_cast<std::uint16_t>(bytes[at + 3] * 257);
    plan.operations.push_back(operation);
  }
  return plan;
}

}  // namespace iroh::sim
