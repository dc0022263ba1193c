// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/nat_traversal/nat_traversal_server.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "quic/nat_traversal/nat_traversal_fixture.hpp"

namespace iroh::quic {
namespace {

using base::milliseconds;
using base::seconds;

struct NatTraversalServerTest : testing::Test {
  NatTraversalServer server{{.own_limit = 2, .peer_limit = 3}};
  base::SeededRandom random{3};

  void add(const SocketAddr& address) { ASSERT_TRUE(server.add_candidate(address).has_value()); }
  TransportResult<void> reach_out(std::uint64_t round, const SocketAddr& address, Duration time = {}) {
    return server.on_reach_out(at(time), {.round = round, .address = address});
  }
  std::vector<SocketAddr> probed() {
    std::vector<SocketAddr> addresses;
    while (auto probe = server.probes().poll(random)) addresses.push_back(probe->to);
    return addresses;
  }
};
using Addresses = std::vector<SocketAddr>;
using Adds = std::vector<AddAddressFrame>;
using Removes = std::vector<RemoveAddressFrame>;

// [quic.md 70]
TEST_F(NatTraversalServerTest, AnnouncesCandidatesWithAscendingSequencesFromZero) {
  add(v4(1));
  add(v6(2));
  ASSERT_TRUE(server.can_send());
  EXPECT_EQ(frames_of<AddAddressFrame>(write_packet(server)), (Adds{{0, v4(1)}, {1, v6(2)}}));
  EXPECT_FALSE(server.can_send());
}

TEST_F(NatTraversalServerTest, AddingAKnownCandidateDoesNothing) {
  add(v4(1));
  write_packet(server);
  add(v4(1));
  EXPECT_FALSE(server.can_send());
}

// [quic.md 70]
TEST_F(NatTraversalServerTest, AWithdrawnAddressComesBackUnderANewSequence) {
  add(v4(1));
  write_packet(server);
  EXPECT_TRUE(server.remove_candidate(v4(1)));
  EXPECT_FALSE(server.remove_candidate(v4(1)));
  EXPECT_EQ(frames_of<RemoveAddressFrame>(write_packet(server)), Removes{{0}});
  add(v4(1));
  EXPECT_EQ(frames_of<AddAddressFrame>(write_packet(server)), (Adds{{1, v4(1)}}));
}

TEST_F(NatTraversalServerTest, ACandidateWithdrawnBeforeItWasSentIsNeverMentioned) {
  add(v4(1));
  EXPECT_TRUE(server.remove_candidate(v4(1)));
  EXPECT_FALSE(server.can_send());
  add(v4(2));
  EXPECT_EQ(frames_of<AddAddressFrame>(write_packet(server)), (Adds{{1, v4(2)}}));
}

// [quic.md §5.1] The client's parameter bounds what may be announced at a time.
TEST_F(NatTraversalServerTest, RefusesMoreCandidatesThanTheClientRemembers) {
  add(v4(1));
  add(v4(2));
  add(v4(3));
  EXPECT_EQ(server.add_candidate(v4(4)).error(), NatTraversalError::too_many_candidates);
  EXPECT_TRUE(server.add_candidate(v4(3)).has_value());
  write_packet(server);
  server.remove_candidate(v4(1));
  EXPECT_TRUE(server.add_candidate(v4(4)).has_value());
}

TEST_F(NatTraversalServerTest, RefusesCandidatesThatNobodyCanSendTo) {
  const IpAddr relay_handle = IpAddr::parse("fd15:70a:510b:1::7").value();
  for (const auto& address : {v4(1, 0), SocketAddr(IpAddr(), 1), SocketAddr(IpAddr::v6_any(), 1),
                              SocketAddr(IpAddr(IpAddr::V4{224, 0, 0, 1}), 1),
                              SocketAddr(IpAddr(IpAddr::V4{255, 255, 255, 255}), 1), SocketAddr(relay_handle, 12345)}) {
    EXPECT_EQ(server.add_candidate(address).error(), NatTraversalError::invalid_candidate) << address;
  }
}

// [quic.md 78], [quic.md §9.2] scenario 48
TEST_F(NatTraversalServerTest, AnnouncesAMappedCandidateInTheIpv4Form) {
  add(SocketAddr(IpAddr(v4(1).ip().v6()), 4433));
  EXPECT_EQ(frames_of<AddAddressFrame>(write_packet(server)), (Adds{{0, v4(1)}}));
  add(v4(1));
  EXPECT_FALSE(server.can_send());
}

TEST_F(NatTraversalServerTest, WritesOnlyWhatFitsAndTheRestInTheNextPacket) {
  add(v4(1));
  add(v4(2));
  EXPECT_EQ(frames_of<AddAddressFrame>(write_packet(server, 12)), (Adds{{0, v4(1)}}));
  ASSERT_TRUE(server.can_send());
  EXPECT_TRUE(write_packet(server, 5).frames.empty());
  EXPECT_EQ(frames_of<AddAddressFrame>(write_packet(server, 12)), (Adds{{1, v4(2)}}));
}

// [quic.md §3.4]
TEST_F(NatTraversalServerTest, ALostAnnouncementIsRepeatedUnchanged) {
  add(v6(1));
  const auto packet = write_packet(server);
  server.on_lost(packet.records.at(0));
  EXPECT_EQ(write_packet(server).payload, packet.payload);
}

// [quic.md §3.4] Even if it was withdrawn since; the withdrawal follows it again.
TEST_F(NatTraversalServerTest, ALostAnnouncementIsRepeatedEvenIfWithdrawnSince) {
  add(v4(1));
  const auto announced = write_packet(server);
  server.remove_candidate(v4(1));
  const auto withdrawn = write_packet(server);
  server.on_acked(withdrawn.records.at(0));
  server.on_lost(announced.records.at(0));
  const auto again = write_packet(server);
  EXPECT_EQ(frames_of<AddAddressFrame>(again), (Adds{{0, v4(1)}}));
  EXPECT_EQ(frames_of<RemoveAddressFrame>(again), Removes{{0}});
  for (const auto& record : again.records) server.on_acked(record);
  server.on_lost(announced.records.at(0));  // settled: nothing is known of it any more
  EXPECT_FALSE(server.can_send());
}

TEST_F(NatTraversalServerTest, ALostWithdrawalIsRepeated) {
  add(v4(1));
  server.on_acked(write_packet(server).records.at(0));
  server.remove_candidate(v4(1));
  server.on_lost(write_packet(server).records.at(0));
  const auto packet = write_packet(server);
  EXPECT_EQ(frames_of<RemoveAddressFrame>(packet), Removes{{0}});
  EXPECT_TRUE(frames_of<AddAddressFrame>(packet).empty());
}

TEST_F(NatTraversalServerTest, APeerThatAcknowledgesNothingDoesNotMakeItRememberEveryAddress) {
  std::vector<SentFrame> first;
  for (std::uint16_t port = 1; port <= NatTraversalServer::removed_max + 10; ++port) {
    add(v4(1, port));
    const auto packet = write_packet(server);
    if (first.empty()) first = packet.records;
    server.remove_candidate(v4(1, port));
    write_packet(server);
  }
  server.on_lost(first.at(0));
  EXPECT_FALSE(server.can_send());
}

// [quic.md 72], [quic.md §9.2] scenario 47
TEST_F(NatTraversalServerTest, ProbesEachAddressOfARoundOnce) {
  EXPECT_TRUE(reach_out(1, v4(1)).has_value());
  EXPECT_TRUE(reach_out(1, v4(2)).has_value());
  EXPECT_TRUE(reach_out(1, v4(1)).has_value());
  EXPECT_EQ(probed(), (Addresses{v4(1), v4(2)}));
  EXPECT_TRUE(reach_out(1, v4(2)).has_value());
  EXPECT_EQ(probed(), Addresses{});
  EXPECT_EQ(server.remote_candidates(), (Addresses{v4(1), v4(2)}));
}

// [quic.md 77], [quic.md §9.2] scenario 47
TEST_F(NatTraversalServerTest, OneAddressTooManyInARoundIsAProtocolViolation) {
  EXPECT_TRUE(reach_out(1, v4(1)).has_value());
  EXPECT_TRUE(reach_out(1, v4(2)).has_value());
  const auto v4_error = reach_out(1, v4(3)).error();
  EXPECT_EQ(v4_error.code, ErrorCode::protocol_violation);
  EXPECT_EQ(v4_error.frame_type, 0x3d7f92u);
  EXPECT_EQ(reach_out(1, v6(3)).error().frame_type, 0x3d7f93u);
}

// [quic.md §5.5], [quic.md §9.2] scenario 47
TEST_F(NatTraversalServerTest, ANewRoundReplacesTheAddressesOfTheLast) {
  EXPECT_TRUE(reach_out(1, v4(1)).has_value());
  EXPECT_TRUE(reach_out(1, v4(2)).has_value());
  EXPECT_TRUE(reach_out(2, v4(3), seconds(1)).has_value());
  EXPECT_EQ(probed(), Addresses{v4(3)});
  EXPECT_EQ(server.remote_candidates(), Addresses{v4(3)});
  EXPECT_EQ(server.probes().deadline(), at(seconds(1) + base::microseconds(33'300)));
}

// [quic.md 72]
TEST_F(NatTraversalServerTest, AnOldRoundIsIgnored) {
  EXPECT_TRUE(reach_out(5, v4(1)).has_value());
  probed();
  EXPECT_TRUE(reach_out(4, v4(2)).has_value());
  EXPECT_EQ(probed(), Addresses{});
  EXPECT_EQ(server.remote_candidates(), Addresses{v4(1)});
}

// [quic.md 75]
TEST_F(NatTraversalServerTest, AnAnswerToAnEarlierRoundIsIgnored) {
  EXPECT_TRUE(reach_out(1, v4(1)).has_value());
  const auto old = server.probes().poll(random).value();
  EXPECT_TRUE(reach_out(2, v4(1)).has_value());
  EXPECT_FALSE(server.on_path_response(old.token, v4(1)));
  const auto fresh = server.probes().poll(random).value();
  EXPECT_TRUE(server.on_path_response(fresh.token, v4(1)));
}

// [quic.md 78], [quic.md §5.5] Nor is its round adopted.
TEST_F(NatTraversalServerTest, AnAddressOfNoUseToTheSocketIsPassedOverWithItsRound) {
  EXPECT_TRUE(reach_out(1, v4(1)).has_value());
  probed();
  server.set_supports_ipv6(false);
  EXPECT_TRUE(reach_out(2, v6(1)).has_value());
  EXPECT_TRUE(reach_out(2, v4(1, 0)).has_value());
  EXPECT_EQ(server.remote_candidates(), Addresses{v4(1)});
  EXPECT_TRUE(reach_out(1, v4(2)).has_value());
  EXPECT_EQ(probed(), Addresses{v4(2)});
}

TEST_F(NatTraversalServerTest, ARoundAddressThatComesLateIsProbedAllTheSame) {
  EXPECT_TRUE(reach_out(1, v4(1)).has_value());
  while (server.probes().deadline()) server.probes().on_timeout(*server.probes().deadline());
  probed();
  EXPECT_TRUE(reach_out(1, v4(2), seconds(20)).has_value());
  EXPECT_EQ(probed(), Addresses{v4(2)});
  EXPECT_TRUE(server.probes().deadline().has_value());
}

}  // namespace
}  // namespace iroh::quic
