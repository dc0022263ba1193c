// SPDX-License-Identifier: MIT OR Apache-2.0
// What the tests of quic.md 3.5 share: short names, and frames that need a few bytes of content.
#pragma once

#include "tests/hostile/hostile_world.hpp"

namespace iroh::hostile {

using quic::path_zero;

constexpr auto client = Side::client;
constexpr auto server = Side::server;
constexpr PathId path(std::uint32_t id) {
  return static_cast<PathId>(id);
}

inline StreamId peer_stream(Side attacker, quic::Dir dir, std::uint64_t index = 0) {
  return {attacker, dir, index};
}

inline quic::NewConnectionIdFrame new_cid(std::optional<PathId> id, std::uint64_t sequence,
                                          std::uint64_t retire_prior_to = 0) {
  std::array<std::byte, 8> bytes{};
  bytes[0] = static_cast<std::byte>(sequence);
  bytes[1] = static_cast<std::byte>(id ? quic::to_u32(*id) : 0);
  bytes[7] = std::byte{0xcc};
  return {id, sequence, retire_prior_to, ConnectionId(bytes), {}};
}

inline const SocketAddr some_addr(ip("192.0.2.1"), 4433);
inline const std::vector<std::byte> some_bytes(10, std::byte{'x'});

}  // namespace iroh::hostile
