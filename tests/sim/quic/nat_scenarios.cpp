// SPDX-License-Identifier: MIT OR Apache-2.0
// quic.md 9.2: hole punching. Path 0 works all the time, as a relay does; the second pair of addresses is behind
// firewalls.
#include <algorithm>

#include "tests/sim/quic/quic_pair.hpp"

namespace iroh::sim {
namespace {

using quic::CandidateAdded;
using quic::PathOpened;
using quic::PathStatus;

struct NatPair : QuicPair {
  using QuicPair::QuicPair;

  void guard(QuicHost& host) { host.set_firewall(host.addr(1).ip()); }
  void offer(QuicHost& host, const SocketAddr& candidate) {
    EXPECT_TRUE(host.connection()->add_candidate(candidate).has_value());
    host.wake_all();
  }
  void start_round() {
    EXPECT_TRUE(client.connection()->start_nat_round(network.now()).has_value());
    client.wake_all();
  }
  static bool has_direct_path(QuicHost& host) { return !host.log().all<PathOpened>().empty(); }
  bool meets(base::Duration limit = seconds(10)) {
    return network.run_until([&] { return has_direct_path(client) && has_direct_path(server); }, limit);
  }
  SocketAddr decoy() const { return {ip("10.9.9.9"), 9}; }
};

TEST(NatScenario, TwoFirewallsThatAdmitOnlyRepliesAreCrossed) {
  // [quic.md §9.2-40] [quic.md 71] [quic.md 72]
  NatPair pair(1);
  pair.guard(pair.client);
  pair.guard(pair.server);
  ASSERT_TRUE(pair.connect());
  pair.offer(pair.server, pair.server.addr(1));
  ASSERT_TRUE(pair.network.run_until([&] { return !pair.client.log().all<CandidateAdded>().empty(); }));
  pair.offer(pair.client, pair.client.addr(1));
  pair.start_round();
  ASSERT_TRUE(pair.meets());
  pair.network.run_for(seconds(5));
  const auto paths = pair.client.connection()->paths();
  ASSERT_EQ(paths.size(), 2u);
  EXPECT_EQ(paths[1].four_tuple.remote, pair.server.addr(1));
  EXPECT_EQ(paths[1].status, PathStatus::backup);
  EXPECT_TRUE(pair.says(pair.client, "hello"));
}

TEST(NatScenario, WithoutARoundNobodyGetsThrough) {
  // The control experiment: a firewall that would let everybody in proves nothing.
  NatPair pair(2);
  pair.guard(pair.client);
  pair.guard(pair.server);
  ASSERT_TRUE(pair.connect());
  const auto id = pair.client.connection()->open_path(pair.network.now(), {pair.server.addr(1), std::nullopt});
  ASSERT_TRUE(id.has_value());
  pair.client.wake_all();
  EXPECT_FALSE(pair.meets(seconds(10)));
}

TEST(NatScenario, AClientWhoseAddressNobodyKnowsMeetsAReachableServer) {
  // [quic.md §9.2-42] It announces a decoy only.
  NatPair pair(3);
  pair.guard(pair.client);
  ASSERT_TRUE(pair.connect());
  pair.offer(pair.server, pair.server.addr(1));
  pair.offer(pair.client, pair.decoy());
  pair.network.run_for(milliseconds(100));
  pair.start_round();
  EXPECT_TRUE(pair.meets());
}

TEST(NatScenario, AServerWhoseAddressNobodyKnowsIsMetThroughTheAddedChallenge) {
  // [quic.md §9.2-43] [quic.md 74]
  NatPair pair(4);
  pair.guard(pair.server);
  ASSERT_TRUE(pair.connect());
  pair.offer(pair.server, pair.decoy());
  pair.offer(pair.client, pair.client.addr(1));
  pair.network.run_for(milliseconds(100));
  pair.start_round();
  EXPECT_TRUE(pair.meets());
}

TEST(NatScenario, ProbesMoveNoPath) {
  // [quic.md §9.2-44] [quic.md 68]
  NatPair pair(5);
  ASSERT_TRUE(pair.connect());
  pair.offer(pair.server, pair.server.addr(1));
  pair.offer(pair.client, pair.client.addr(1));
  pair.network.run_for(milliseconds(100));
  for (int round = 0; round < 3; ++round) {
    pair.start_round();
    pair.network.run_for(milliseconds(500));
    EXPECT_EQ(pair.server.connection()->paths().front().four_tuple.remote, pair.client.addr(0));
    EXPECT_EQ(pair.client.connection()->paths().front().four_tuple.remote, pair.server.addr(0));
  }
}

TEST(NatScenario, ASecondRoundOpensNothingNew) {
  // [quic.md §9.2-45] [quic.md 76]
  NatPair pair(6);
  ASSERT_TRUE(pair.connect());
  pair.offer(pair.server, pair.server.addr(1));
  pair.offer(pair.client, pair.client.addr(1));
  pair.network.run_for(milliseconds(100));
  pair.start_round();
  ASSERT_TRUE(pair.meets());
  pair.network.run_for(seconds(6));
  pair.start_round();
  pair.network.run_for(seconds(6));
  EXPECT_EQ(pair.client.connection()->paths().size(), 2u);
  EXPECT_EQ(pair.client.log().all<PathOpened>().size(), 1u);
  EXPECT_EQ(pair.server.log().all<PathOpened>().size(), 1u);
}

TEST(NatScenario, ACandidateThatNeverAnswersIsProbedNineTimesOnTheSchedule) {
  // [quic.md §9.2-46] [quic.md 73] Delays with an RTT of 333 ms: 33.3, 33.3, 66.6, 133.2, 266.4, 532.8, 1065.6, 2000
  // ms.
  quic::TransportConfig transport;
  transport.keep_alive_interval = seconds(0);
  transport.path_keep_alive_interval = seconds(0);
  NatPair pair(7, {}, transport, transport);
  ASSERT_TRUE(pair.connect());
  // Somewhere to go that swallows everything.
  auto& hole = pair.network.add_host({ip("10.9.9.9")});
  pair.network.connect(pair.client, ip("10.0.0.1"), hole, ip("10.9.9.9"));
  std::vector<base::Instant> sent;
  std::vector<std::size_t> sizes;
  pair.network.trace().set_hook([&](const TraceEvent& event) {
    if (event.fate != Fate::sent || event.packet.destination.ip() != ip("10.9.9.9")) return;
    sent.push_back(event.at);
    sizes.push_back(event.packet.payload.size());
  });
  pair.offer(pair.server, SocketAddr(ip("10.9.9.9"), 4433));
  pair.offer(pair.client, pair.client.addr(1));
  pair.network.run_for(milliseconds(100));
  pair.start_round();
  pair.network.run_for(seconds(20));
  ASSERT_EQ(sent.size(), 9u);
  const std::vector<base::Duration> gaps = {base::microseconds(33'300),    base::microseconds(33'300),
                                            base::microseconds(66'600),    base::microseconds(133'200),
                                            base::microseconds(266'400),   base::microseconds(532'800),
                                            base::microseconds(1'065'600), milliseconds(2000)};
  for (std::size_t i = 0; i < gaps.size(); ++i) EXPECT_EQ(sent[i + 1] - sent[i], gaps[i]) << i;
  for (const std::size_t size : sizes) EXPECT_LE(size, 40u);
}

TEST(NatScenario, ProbingStopsWhenTheConnectionCloses) {
  // [quic.md 79]
  NatPair pair(8);
  ASSERT_TRUE(pair.connect());
  pair.offer(pair.server, pair.decoy());
  pair.offer(pair.client, pair.client.addr(1));
  pair.network.run_for(milliseconds(100));
  pair.start_round();
  pair.client.connection()->close(pair.network.now(), 0, "");
  pair.client.wake_all();
  EXPECT_TRUE(pair.network.run_until_idle(seconds(30)));
}

TEST(NatScenario, MoreCandidatesThanThePeerRemembersAreRefusedHere) {
  // [quic.md §5.1] [quic.md 77]
  quic::TransportConfig few;
  few.max_remote_candidates = 2;
  NatPair pair(9, {}, few, few);
  ASSERT_TRUE(pair.connect());
  for (std::uint8_t i = 1; i <= 2; ++i) pair.offer(pair.server, SocketAddr(IpAddr(IpAddr::V4{10, 8, 0, i}), 1));
  EXPECT_FALSE(pair.server.connection()->add_candidate(SocketAddr(ip("10.8.0.3"), 1)).has_value());
  pair.network.run_for(seconds(1));
  EXPECT_EQ(pair.client.connection()->remote_candidates().size(), 2u);
}

TEST(NatScenario, RoundsGetThroughLossAndRepeatedRebinding) {
  // [quic.md §9.1-38] [quic.md 18] Half of everything is lost on the direct way, and the NAT changes its mind.
  for (std::uint64_t seed = 10; seed < 15; ++seed) {
    SCOPED_TRACE(seed);
    NatPair pair(seed);
    pair.guard(pair.client);
    pair.guard(pair.server);
    ASSERT_TRUE(pair.connect());
    LinkConfig lossy = pair.second_link.from(pair.client).config();
    lossy.loss = 0.5;
    pair.second_link.set_config(lossy);
    pair.offer(pair.server, pair.server.addr(1));
    pair.offer(pair.client, pair.client.addr(1));
    pair.network.run_for(milliseconds(100));
    bool has_met = false;
    for (int round = 0; round < 5 && !has_met; ++round) {
      pair.start_round();
      has_met = pair.meets(seconds(6));
    }
    EXPECT_TRUE(has_met);
    EXPECT_FALSE(pair.client.log().closed.has_value());
    EXPECT_FALSE(pair.server.log().closed.has_value());
  }
}

}  // namespace
}  // namespace iroh::sim
