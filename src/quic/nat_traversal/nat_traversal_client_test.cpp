// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/nat_traversal/nat_traversal_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "quic/nat_traversal/nat_traversal_fixture.hpp"

namespace iroh::quic {
namespace {

using base::milliseconds;
using base::seconds;

struct NatTraversalClientTest : testing::Test {
  NatTraversalClient client{{.own_limit = 3, .peer_limit = 2}};
  base::SeededRandom random{4};

  void start_round(Duration time = {}) { ASSERT_TRUE(client.start_round(at(time)).has_value()); }
  void add(const SocketAddr& address) { ASSERT_TRUE(client.add_candidate(address).has_value()); }
  std::optional<SocketAddr> announce(std::uint64_t sequence, const SocketAddr& address) {
    return client.on_add_address({.sequence = sequence, .address = address});
  }
  std::vector<Probe> poll_all() {
    std::vector<Probe> probes;
    while (auto probe = client.probes().poll(random)) probes.push_back(*probe);
    return probes;
  }
  std::vector<SocketAddr> probed() {
    std::vector<SocketAddr> addresses;
    for (const auto& probe : poll_all()) addresses.push_back(probe.to);
    return addresses;
  }
  static std::vector<SocketAddr> reached_out(const WrittenPacket& packet, std::uint64_t round) {
    std::vector<SocketAddr> addresses;
    for (const auto& frame : frames_of<ReachOutFrame>(packet)) {
      EXPECT_EQ(frame.round, round);
      addresses.push_back(frame.address);
    }
    std::ranges::sort(addresses);
    return addresses;
  }
};
using Addresses = std::vector<SocketAddr>;

// [quic.md §5.4]
TEST_F(NatTraversalClientTest, ARoundNeedsACandidateOfOurOwn) {
  announce(0, v4(9));
  EXPECT_EQ(client.start_round(at({})).error(), NatTraversalError::no_candidates);
  EXPECT_FALSE(client.probes().has_probe());
  EXPECT_FALSE(client.can_send());
}

// [quic.md 71]
TEST_F(NatTraversalClientTest, ARoundNamesEveryOwnCandidateAndProbesEveryRemoteOne) {
  add(v4(1));
  add(v6(2));
  EXPECT_FALSE(client.can_send());  // kept to ourselves until a round starts
  announce(0, v4(8));
  announce(1, v6(9));
  start_round();
  EXPECT_EQ(reached_out(write_packet(client), 1), (Addresses{v4(1), v6(2)}));
  EXPECT_FALSE(client.can_send());
  EXPECT_EQ(probed(), (Addresses{v4(8), v6(9)}));
}

// [quic.md 71]
TEST_F(NatTraversalClientTest, RoundsCountUpFromOne) {
  add(v4(1));
  for (std::uint64_t round = 1; round <= 3; ++round) {
    start_round();
    EXPECT_EQ(reached_out(write_packet(client), round), Addresses{v4(1)});
  }
}

// [quic.md §5.4] An empty set of remote candidates is fine.
TEST_F(NatTraversalClientTest, ARoundWithoutRemoteCandidatesReachesOutAllTheSame) {
  add(v4(1));
  start_round();
  EXPECT_TRUE(client.can_send());
  EXPECT_FALSE(client.probes().has_probe());
}

TEST_F(NatTraversalClientTest, ReachOutFramesAreSpreadOverPackets) {
  add(v4(1));
  add(v4(2));
  start_round();
  auto all = reached_out(write_packet(client, 12), 1);
  EXPECT_EQ(all.size(), 1u);
  const auto rest = reached_out(write_packet(client, 12), 1);
  all.insert(all.end(), rest.begin(), rest.end());
  std::ranges::sort(all);
  EXPECT_EQ(all, (Addresses{v4(1), v4(2)}));
}

// [quic.md §3.4]
TEST_F(NatTraversalClientTest, ALostReachOutIsRepeatedWhileItsRoundIsTheLatest) {
  add(v4(1));
  add(v4(2));
  start_round();
  const auto first = write_packet(client);
  ASSERT_EQ(first.records.size(), 2u);
  client.on_lost(first.records[0]);
  client.on_lost(first.records[0]);
  EXPECT_EQ(frames_of<ReachOutFrame>(write_packet(client)),
            std::vector<ReachOutFrame>{frames_of<ReachOutFrame>(first)[0]});
  client.remove_candidate(v4(1));
  client.on_lost(first.records[0]);  // of this round still: the list as it was when the round started
  EXPECT_EQ(frames_of<ReachOutFrame>(write_packet(client)),
            std::vector<ReachOutFrame>{frames_of<ReachOutFrame>(first)[0]});
  start_round();
  write_packet(client);
  client.on_lost(first.records[1]);
  EXPECT_FALSE(client.can_send());
}

// [quic.md §5.4]
TEST_F(NatTraversalClientTest, ANewRoundReplacesWhatTheLastHadNotSentYet) {
  add(v4(1));
  start_round();
  client.remove_candidate(v4(1));
  add(v4(2));
  start_round();
  EXPECT_EQ(reached_out(write_packet(client), 2), Addresses{v4(2)});
  EXPECT_FALSE(client.can_send());
}

// [quic.md §5.1]
TEST_F(NatTraversalClientTest, RefusesMoreCandidatesThanTheServerTolerates) {
  add(v4(1));
  add(v4(2));
  EXPECT_EQ(client.add_candidate(v4(3)).error(), NatTraversalError::too_many_candidates);
  EXPECT_TRUE(client.add_candidate(v4(2)).has_value());
  EXPECT_TRUE(client.remove_candidate(v4(1)));
  EXPECT_FALSE(client.remove_candidate(v4(1)));
  EXPECT_TRUE(client.add_candidate(v4(3)).has_value());
  EXPECT_EQ(client.add_candidate(v4(4, 0)).error(), NatTraversalError::invalid_candidate);
}

// [quic.md 77]
TEST_F(NatTraversalClientTest, SurplusAnnouncementsAreIgnored) {
  for (std::uint8_t i = 0; i < 3; ++i) EXPECT_EQ(announce(i, v4(i)), v4(i));
  EXPECT_EQ(announce(3, v4(3)), std::nullopt);
  EXPECT_EQ(client.remote_candidates(), (Addresses{v4(0), v4(1), v4(2)}));
  EXPECT_EQ(client.on_remove_address({.sequence = 1}), v4(1));
  EXPECT_EQ(announce(3, v4(3)), v4(3));
}

TEST_F(NatTraversalClientTest, AnnouncementsMayComeInAnyOrderAndTwice) {
  EXPECT_EQ(announce(7, v4(7)), v4(7));
  EXPECT_EQ(announce(2, v4(2)), v4(2));
  EXPECT_EQ(announce(7, v4(7)), std::nullopt);
  EXPECT_EQ(client.remote_candidates(), (Addresses{v4(7), v4(2)}));
  EXPECT_EQ(client.on_remove_address({.sequence = 3}), std::nullopt);
}

// [quic.md §3.5]
TEST_F(NatTraversalClientTest, ASequenceWithAnotherAddressReplacesTheFirst) {
  add(v4(1));
  announce(0, v4(8));
  start_round();
  probed();
  EXPECT_EQ(announce(0, v4(9)), v4(9));
  EXPECT_EQ(client.remote_candidates(), Addresses{v4(9)});
  client.probes().on_timeout(*client.probes().deadline());
  EXPECT_EQ(probed(), Addresses{v4(9)});
}

// [quic.md §5.3]
TEST_F(NatTraversalClientTest, AnAnnouncementDuringARoundJoinsItOtherwiseItWaits) {
  EXPECT_EQ(announce(0, v4(8)), v4(8));
  EXPECT_EQ(client.probes().deadline(), std::nullopt);
  add(v4(1));
  start_round();
  probed();
  announce(1, v4(9));
  EXPECT_FALSE(client.probes().has_probe());
  client.probes().on_timeout(*client.probes().deadline());
  EXPECT_EQ(probed(), (Addresses{v4(8), v4(9)}));
}

TEST_F(NatTraversalClientTest, AWithdrawnAddressIsProbedNoMoreUnlessItIsKnownTwice) {
  add(v4(1));
  announce(0, v4(8));
  announce(1, v4(8));
  start_round();
  EXPECT_EQ(probed(), Addresses{v4(8)});
  client.on_remove_address({.sequence = 0});
  client.probes().on_timeout(*client.probes().deadline());
  EXPECT_EQ(probed(), Addresses{v4(8)});
  client.on_remove_address({.sequence = 1});
  client.probes().on_timeout(*client.probes().deadline());
  EXPECT_EQ(probed(), Addresses{});
}

// [quic.md 78], [quic.md §9.2] scenario 48
TEST_F(NatTraversalClientTest, AddressesOfNoUseToTheSocketAreNotProbed) {
  client.set_supports_ipv6(false);
  add(v4(1));
  announce(0, v6(8));
  announce(1, v4(9, 0));
  announce(2, SocketAddr(IpAddr(v4(9).ip().v6()), 4433));  // mapped: it is an IPv4 address
  start_round();
  EXPECT_EQ(probed(), Addresses{v4(9)});
  EXPECT_EQ(client.remote_candidates().size(), 3u);
}

// [quic.md 74]
TEST_F(NatTraversalClientTest, AnAddedChallengeIsAnsweredFromItsAddressOnly) {
  const PathToken token = client.make_extra_challenge(random, v4(8));
  EXPECT_FALSE(client.on_path_response(token, v4(9)));
  EXPECT_TRUE(client.on_path_response(token, v4(8)));
  EXPECT_FALSE(client.on_path_response(token, v4(8)));
  EXPECT_FALSE(client.probes().has_probe());  // it is not retried
  EXPECT_EQ(client.probes().deadline(), std::nullopt);
}

TEST_F(NatTraversalClientTest, AnAnsweredAddedChallengeEndsTheProbingOfThatAddress) {
  add(v4(1));
  announce(0, v4(8));
  start_round();
  probed();
  const PathToken token = client.make_extra_challenge(random, v4(8));
  EXPECT_TRUE(client.on_path_response(token, v4(8)));
  client.probes().on_timeout(*client.probes().deadline());
  EXPECT_EQ(probed(), Addresses{});
}

TEST_F(NatTraversalClientTest, AnAddressIsReportedOnceHoweverManyOfItsChallengesAreAnswered) {
  add(v4(1));
  announce(0, v4(8));
  start_round();
  const auto probe = poll_all().at(0);
  const PathToken token = client.make_extra_challenge(random, v4(8));
  EXPECT_TRUE(client.on_path_response(probe.token, v4(8)));
  EXPECT_FALSE(client.on_path_response(token, v4(8)));
}

// [quic.md 75]
TEST_F(NatTraversalClientTest, ANewRoundForgetsProbesAndAddedChallenges) {
  add(v4(1));
  announce(0, v4(8));
  start_round();
  const auto probe = poll_all().at(0);
  const PathToken token = client.make_extra_challenge(random, v4(9));
  start_round();
  EXPECT_FALSE(client.on_path_response(probe.token, v4(8)));
  EXPECT_FALSE(client.on_path_response(token, v4(9)));
}

TEST_F(NatTraversalClientTest, ChallengesFromEverNewAddressesDropTheOldestAddedTokensButNoProbe) {
  add(v4(1));
  announce(0, v4(8));
  start_round();
  const auto probe = poll_all().at(0);
  std::vector<PathToken> tokens;
  for (std::uint16_t i = 0; i <= NatTraversalClient::extra_challenges_max; ++i) {
    tokens.push_back(client.make_extra_challenge(random, v4(50, static_cast<std::uint16_t>(1000 + i))));
  }
  EXPECT_FALSE(client.on_path_response(tokens[0], v4(50, 1000)));
  EXPECT_TRUE(client.on_path_response(tokens[1], v4(50, 1001)));
  EXPECT_TRUE(client.on_path_response(probe.token, v4(8)));
}

// [quic.md 49], [quic.md 76]
TEST_F(NatTraversalClientTest, BlockedOpensWaitInOrderEachOnce) {
  client.defer_open(from(v4(8)));
  client.defer_open(from(v4(9)));
  client.defer_open(from(v4(8)));
  EXPECT_EQ(client.take_pending_open(), from(v4(8)));
  client.defer_open(from(v4(8)));  // blocked still: it goes to the end
  EXPECT_EQ(client.take_pending_open(), from(v4(9)));
  EXPECT_EQ(client.take_pending_open(), from(v4(8)));
  EXPECT_EQ(client.take_pending_open(), std::nullopt);
}

TEST_F(NatTraversalClientTest, ANewRoundKeepsWhatWaitsToBeOpened) {
  add(v4(1));
  client.defer_open(from(v4(8)));
  start_round();
  EXPECT_EQ(client.take_pending_open(), from(v4(8)));
}

TEST_F(NatTraversalClientTest, NoMoreThanSoManyBlockedOpensAreRemembered) {
  for (std::uint16_t port = 1; port <= 100; ++port) client.defer_open(from(v4(8, port)));
  std::size_t count = 0;
  while (client.take_pending_open()) ++count;
  EXPECT_EQ(count, NatTraversalClient::pending_opens_max);
}

}  // namespace
}  // namespace iroh::quic
