// SPDX-License-Identifier: MIT OR Apache-2.0
// A random interaction of two endpoints as data: settings of network and endpoints, and a list of operations. Plans
// come from a seed (swarm-weighted: each seed leaves some kinds of operations out and prefers others) or from fuzz
// input, and can be shortened one operation at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "quic/endpoint/endpoint.hpp"
#include "tests/sim/link.hpp"

namespace iroh::sim {

enum class OperationKind : std::uint8_t {
  // application
  open_bi,
  open_uni,
  write,
  write_much,
  finish,
  reset,
  read,
  read_all,
  stop,
  datagrams,
  dial,
  close,
  // paths
  open_path,
  close_path,
  set_status,
  network_change,
  // network
  wait,
  wait_long,
  set_loss,
  drop_next,
  duplicate_next,
  delay_next,
  block,
  unblock,
  rebind,
  interface_down,
  interface_up,
  pause,
  resume,
  set_mtu,
  // hole punching
  add_candidate,
  remove_candidate,
  nat_round,
  count_,
};
inline constexpr std::size_t operation_kinds = static_cast<std::size_t>(OperationKind::count_);

struct Operation {
  OperationKind kind = OperationKind::wait;
  std::uint8_t side = 0;  ///< 0: the dialling side, 1: the other
  std::uint16_t a = 0;    ///< which one, or how much; every value means something
  std::uint16_t b = 0;
  friend bool operator==(const Operation&, const Operation&) = default;
};
std::string to_string(const Operation& operation);

struct Plan {
  std::uint64_t seed = 0;
  LinkConfig link;         ///< of the first pair of addresses
  LinkConfig second_link;  ///< of the second pair
  quic::TransportConfig client;
  quic::TransportConfig server;
  std::vector<Operation> operations;

  static Plan from_seed(std::uint64_t seed);
  /// Two bytes choose the settings, then four bytes each are an operation.
  static Plan from_bytes(std::span<const std::uint8_t> bytes);
};

}  // namespace iroh::sim
