// SPDX-License-Identifier: MIT OR Apache-2.0
// Roles and the end, and then both sides of a connection against each other over a network that loses packets.
#include "quic/nat_traversal/nat_traversal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/random.hpp"
#include "quic/nat_traversal/nat_traversal_fixture.hpp"

namespace iroh::quic {
namespace {

using base::milliseconds;
using base::seconds;

constexpr NatTraversalConfig config{.own_limit = 8, .peer_limit = 8};

// [quic.md §3.5]
TEST(NatTraversal, FramesOfTheWrongRoleAreProtocolViolations) {
  NatTraversal client(Side::client, config);
  NatTraversal server(Side::server, config);
  const auto error = client.on_reach_out(at({}), {.round = 1, .address = v4(1)}).error();
  EXPECT_EQ(error.code, ErrorCode::protocol_violation);
  EXPECT_EQ(error.frame_type, 0x3d7f92u);
  EXPECT_EQ(client.on_reach_out(at({}), {.round = 1, .address = v6(1)}).error().frame_type, 0x3d7f93u);
  EXPECT_EQ(server.on_add_address({.sequence = 0, .address = v4(1)}).error().frame_type, 0x3d7f90u);
  EXPECT_EQ(server.on_add_address({.sequence = 0, .address = v6(1)}).error().frame_type, 0x3d7f91u);
  EXPECT_EQ(server.on_remove_address({.sequence = 0}).error().frame_type, 0x3d7f94u);
}

TEST(NatTraversal, OnlyTheClientStartsRoundsAddsChallengesAndOpensPaths) {
  NatTraversal server(Side::server, config);
  base::SeededRandom random(1);
  ASSERT_TRUE(server.add_candidate(v4(1)).has_value());
  EXPECT_EQ(server.start_round(at({})).error(), NatTraversalError::not_client);
  EXPECT_EQ(server.make_extra_challenge(random, v4(2)), std::nullopt);
  server.defer_open(from(v4(2)));
  EXPECT_EQ(server.take_pending_open(), std::nullopt);
}

// [quic.md 75] The local address is that of the received packet.
TEST(NatTraversal, ASuccessNamesTheFourTupleOfTheAnswer) {
  NatTraversal client(Side::client, config);
  base::SeededRandom random(1);
  ASSERT_TRUE(client.add_candidate(v4(1)).has_value());
  ASSERT_TRUE(client.on_add_address({.sequence = 0, .address = v4(2)}).has_value());
  ASSERT_TRUE(client.start_round(at({})).has_value());
  const auto probe = client.poll_probe(random).value();
  EXPECT_EQ(client.on_path_response(probe.token, from(v4(3))), std::nullopt);
  EXPECT_EQ(client.on_path_response(probe.token, from(v4(2))), from(v4(2)));
}

// [quic.md 79]
TEST(NatTraversal, NothingIsSentOrExpectedOnceTheConnectionCloses) {
  for (const Side side : {Side::client, Side::server}) {
    NatTraversal nat(side, config);
    base::SeededRandom random(1);
    ASSERT_TRUE(nat.add_candidate(v4(1)).has_value());
    if (side == Side::client) {
      ASSERT_TRUE(nat.on_add_address({.sequence = 0, .address = v4(2)}).has_value());
      ASSERT_TRUE(nat.start_round(at({})).has_value());
    } else {
      ASSERT_TRUE(nat.on_reach_out(at({}), {.round = 1, .address = v4(2)}).has_value());
    }
    const auto probe = nat.poll_probe(random).value();
    nat.on_timeout(*nat.deadline());
    ASSERT_TRUE(nat.has_probe());
    ASSERT_TRUE(nat.can_send());
    nat.close();
    EXPECT_FALSE(nat.has_probe());
    EXPECT_FALSE(nat.can_send());
    EXPECT_EQ(nat.deadline(), std::nullopt);
    EXPECT_TRUE(write_packet(nat).frames.empty());
    EXPECT_EQ(nat.on_path_response(probe.token, from(v4(2))), std::nullopt);
    EXPECT_EQ(nat.add_candidate(v4(3)).error(), NatTraversalError::closed);
    EXPECT_EQ(nat.start_round(at({})).error(), NatTraversalError::closed);
    EXPECT_EQ(nat.make_extra_challenge(random, v4(2)), std::nullopt);
    if (side == Side::server) {
      EXPECT_TRUE(nat.on_reach_out(at({}), {.round = 2, .address = v4(4)}).has_value());
    }
    EXPECT_FALSE(nat.has_probe());
  }
}

/// Two facades. Frames travel over a relay that loses packets; probes go straight to addresses of hosts, each behind a
/// firewall that lets in only answers, which is what a hole is punched into.
class Punching {
 public:
  struct Host {
    NatTraversal nat;
    SocketAddr address;                  ///< the true one
    std::set<SocketAddr> open_for = {};  ///< has sent there
    std::vector<FourTuple> paths = {};   ///< what answered
  };

  Punching(std::uint64_t seed, unsigned loss_percent)
      : random_(seed),
        loss_percent_(loss_percent),
        client{NatTraversal(Side::client, config), v4(1)},
        server{NatTraversal(Side::server, config), v4(2)} {}

  void run(Instant until) {
    while (now <= until) {
      exchange_frames(client, server);
      exchange_frames(server, client);
      send_probes(client, server);
      send_probes(server, client);
      now += milliseconds(10);
      client.nat.on_timeout(now);
      server.nat.on_timeout(now);
    }
  }
  bool has_work() const { return client.nat.can_send() || server.nat.can_send() || !in_flight_.empty(); }

 private:
  base::SeededRandom random_;
  unsigned loss_percent_;

 public:
  Host client;
  Host server;
  Instant now = at({});

 private:
  struct InFlight {
    Host* sender;
    Instant lost_at;
    std::vector<SentFrame> records;
  };
  std::vector<InFlight> in_flight_;

  bool is_lost() { return random_.chance(loss_percent_, 100); }

  void exchange_frames(Host& sender, Host& receiver) {
    for (auto& packet : in_flight_) {
      if (packet.sender != &sender || packet.lost_at > now) continue;
      for (const auto& record : packet.records) sender.nat.on_lost(record);
      packet.records.clear();
    }
    std::erase_if(in_flight_, [](const InFlight& packet) { return packet.records.empty(); });
    if (!sender.nat.can_send()) return;
    const auto packet = write_packet(sender.nat, 40);
    if (is_lost()) {
      in_flight_.push_back({&sender, now + milliseconds(100), packet.records});
      return;
    }
    for (const auto& frame : packet.frames) receive(receiver, frame);
    for (const auto& record : packet.records) sender.nat.on_acked(record);
  }

  void receive(Host& host, const Frame& frame) {
    if (const auto* add = std::get_if<AddAddressFrame>(&frame)) {
      EXPECT_TRUE(host.nat.on_add_address(*add).has_value());
    }
    if (const auto* remove = std::get_if<RemoveAddressFrame>(&frame)) {
      EXPECT_TRUE(host.nat.on_remove_address(*remove).has_value());
    }
    if (const auto* reach = std::get_if<ReachOutFrame>(&frame)) {
      EXPECT_TRUE(host.nat.on_reach_out(now, *reach).has_value());
    }
  }

  /// A datagram straight from one host to the other: it passes if the receiver has sent to the sender before.
  bool passes(Host& sender, const Host& receiver, const SocketAddr& to) {
    sender.open_for.insert(to);
    return to == receiver.address && receiver.open_for.contains(sender.address) && !is_lost();
  }

  void send_probes(Host& sender, Host& receiver) {
    while (auto probe = sender.nat.poll_probe(random_)) {
      if (passes(sender, receiver, probe->to)) answer(receiver, sender, probe->token);
    }
  }

  void answer(Host& host, Host& prober, const PathToken& token) {
    // [quic.md 74] Unless a validated path exists there.
    const bool has_path = std::ranges::find(host.paths, from(prober.address)) != host.paths.end();
    const auto extra = has_path ? std::nullopt : host.nat.make_extra_challenge(random_, prober.address);
    if (!passes(host, prober, prober.address)) return;
    if (const auto success = prober.nat.on_path_response(token, from(host.address))) open_if_absent(prober, *success);
    if (extra) answer(prober, host, *extra);
  }

  // [quic.md 76] Never two paths on one 4-tuple.
  static void open_if_absent(Host& host, const FourTuple& four_tuple) {
    if (std::ranges::find(host.paths, four_tuple) == host.paths.end()) host.paths.push_back(four_tuple);
  }
};

// [quic.md §9.2] scenario 40, [quic.md 70-75]
TEST(NatTraversalPair, PunchesThroughTwoFirewallsOverALossyRelay) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    Punching world(seed, 20);
    for (const auto& decoy : {v4(100), v4(101)}) ASSERT_TRUE(world.client.nat.add_candidate(decoy).has_value());
    ASSERT_TRUE(world.client.nat.add_candidate(world.client.address).has_value());
    ASSERT_TRUE(world.server.nat.add_candidate(v4(102)).has_value());
    ASSERT_TRUE(world.server.nat.add_candidate(world.server.address).has_value());
    world.run(at(seconds(2)));
    ASSERT_TRUE(world.client.nat.start_round(world.now).has_value());
    world.run(world.now + seconds(5));
    EXPECT_EQ(world.client.paths, std::vector<FourTuple>{from(world.server.address)});
    EXPECT_EQ(world.client.nat.deadline(), std::nullopt);
    EXPECT_EQ(world.server.nat.deadline(), std::nullopt);
  }
}

// [quic.md §9.2] scenarios 42 and 43: the other side's probes open the way, though one true address was never
// announced.
TEST(NatTraversalPair, PunchesThroughWhenOnlyOneSideKnowsTheOthersAddress) {
  for (const bool is_client_hidden : {false, true}) {
    SCOPED_TRACE(is_client_hidden);
    Punching world(7, 0);
    const auto decoy = v4(100);
    // Whoever is hidden faces an open host: its firewall lets the first datagram in.
    auto& open = is_client_hidden ? world.server : world.client;
    auto& hidden = is_client_hidden ? world.client : world.server;
    open.open_for.insert(hidden.address);
    ASSERT_TRUE(world.client.nat.add_candidate(is_client_hidden ? decoy : world.client.address).has_value());
    ASSERT_TRUE(world.server.nat.add_candidate(is_client_hidden ? world.server.address : decoy).has_value());
    world.run(at(seconds(1)));
    ASSERT_TRUE(world.client.nat.start_round(world.now).has_value());
    world.run(world.now + seconds(5));
    EXPECT_EQ(world.client.paths, std::vector<FourTuple>{from(world.server.address)});
  }
}

// [quic.md §9.2] scenario 45
TEST(NatTraversalPair, ASecondRoundProbesAgain) {
  Punching world(3, 0);
  ASSERT_TRUE(world.client.nat.add_candidate(world.client.address).has_value());
  ASSERT_TRUE(world.server.nat.add_candidate(world.server.address).has_value());
  world.run(at(seconds(1)));
  for (int round = 0; round < 2; ++round) {
    world.client.paths.clear();
    ASSERT_TRUE(world.client.nat.start_round(world.now).has_value());
    world.run(world.now + seconds(5));
    EXPECT_EQ(world.client.paths.size(), 1u);
  }
}

// [quic.md §3.4] Whatever is lost, the client ends up with what the server has.
TEST(NatTraversalPair, CandidatesAgreeInTheEndWhateverIsLost) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    Punching world(seed, 40);
    base::SeededRandom random(seed);
    std::set<SocketAddr> expected;
    for (int step = 0; step < 60; ++step) {
      const auto address = v4(static_cast<std::uint8_t>(10 + random.below(6)));
      if (random.chance(1, 2)) {
        ASSERT_TRUE(world.server.nat.add_candidate(address).has_value());
        expected.insert(address);
      } else {
        EXPECT_EQ(world.server.nat.remove_candidate(address), expected.erase(address) == 1);
      }
      world.run(world.now + milliseconds(static_cast<std::int64_t>(random.below(3)) * 40));
    }
    for (int i = 0; i < 1000 && world.has_work(); ++i) world.run(world.now + milliseconds(100));
    auto known = world.client.nat.remote_candidates();
    EXPECT_EQ(std::set<SocketAddr>(known.begin(), known.end()), expected);
  }
}

}  // namespace
}  // namespace iroh::quic
