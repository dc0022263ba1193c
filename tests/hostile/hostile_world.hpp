// SPDX-License-Identifier: MIT OR Apache-2.0
// One honest endpoint, one scripted peer, a link between them. The victim's side of every test of this folder.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "quic/protection/test_protection.hpp"
#include "tests/hostile/scripted_peer.hpp"
#include "tests/sim/quic/quic_network.hpp"

namespace iroh::hostile {

using base::milliseconds;
using base::seconds;
using quic::ErrorCode;
using quic::FrameType;
using quic::StreamId;

inline IpAddr ip(std::string_view text) {
  return *IpAddr::parse(text);
}

struct HostileConfig {
  Side attacker = Side::client;
  ScriptedPeerConfig peer{};
  quic::EndpointConfig victim{};
  base::Duration delay = milliseconds(5);
};

class HostileWorld {
 public:
  explicit HostileWorld(HostileConfig config = {}, std::uint64_t seed = 1)
      : network(seed),
        victim(network.add_host({ip("10.0.0.1"), ip("10.0.1.1")}, config.victim)),
        peer(network, peer_config(config, victim), seed + 1000),
        link(network.connect(victim, peer, {.delay = config.delay})),
        side_(config.attacker) {}

  /// The handshake, and everything that follows it by itself.
  bool connect() {
    if (side_ == Side::client) {
      peer.start();
    } else {
      victim.dial(peer.id(), peer.addr());
    }
    const bool is_up = network.run_until([&] { return peer.is_connected() && is_victim_confirmed(); }, seconds(10));
    settle();
    return is_up && !victim_closed();
  }
  /// Long enough for answers, too short for idle timeouts.
  void settle(base::Duration duration = milliseconds(200)) { network.run_for(duration); }

  quic::Connection* connection() { return victim.connection(); }
  bool is_victim_confirmed() { return !victim.handles().empty() && victim.log().is_confirmed; }
  std::optional<quic::CloseReason> victim_closed() {
    return victim.handles().empty() ? std::nullopt : victim.log().closed;
  }

  sim::QuicNetwork network;
  sim::QuicHost& victim;
  ScriptedPeer peer;
  sim::Link& link;

 private:
  static ScriptedPeerConfig peer_config(const HostileConfig& config, const sim::QuicHost& victim) {
    ScriptedPeerConfig peer = config.peer;
    peer.side = config.attacker;
    peer.addr = SocketAddr(ip("10.0.0.66"), 666);
    peer.victim = victim.addr();
    peer.expected = victim.id();
    return peer;
  }

  Side side_;
};

inline std::vector<std::byte> payload_of(const std::vector<Frame>& frames) {
  std::size_t size = 0;
  for (const Frame& frame : frames) size += quic::encoded_size(frame);
  std::vector<std::byte> payload(size);
  base::ByteWriter writer(payload);
  for (const Frame& frame : frames) quic::encode(writer, frame);
  return payload;
}

inline std::vector<std::byte> hex(std::string_view text) {
  return quic::bytes_from_hex(text);
}

/// The victim must have closed with this code, and told the peer so.
inline void expect_closed(HostileWorld& world, ErrorCode code, std::optional<std::uint64_t> frame_type = std::nullopt) {
  const auto closed = world.victim_closed();
  ASSERT_TRUE(closed.has_value()) << "the victim has not closed";
  EXPECT_EQ(closed->kind, quic::CloseReason::Kind::transport_error) << closed->to_string();
  EXPECT_EQ(closed->code, static_cast<std::uint64_t>(code)) << closed->to_string();
  ASSERT_TRUE(world.peer.close.has_value()) << "the victim has not said why: " << closed->to_string();
  EXPECT_EQ(world.peer.close->code, static_cast<std::uint64_t>(code));
  if (frame_type) {
    EXPECT_EQ(world.peer.close->frame_type, *frame_type);
  }
}

/// The connection is as good as new: what the peer sends is still read.
inline void expect_alive(HostileWorld& world) {
  const auto closed = world.victim_closed();
  ASSERT_FALSE(closed.has_value()) << closed->to_string();
  ASSERT_NE(world.connection(), nullptr);
  const auto said = world.connection()->stats().udp_tx_datagrams;
  world.peer.send(quic::PingFrame{}, quic::PingFrame{});
  world.settle();
  EXPECT_FALSE(world.victim_closed().has_value());
  EXPECT_GT(world.connection()->stats().udp_tx_datagrams, said) << "a PING was not acknowledged";
}

}  // namespace iroh::hostile
