// SPDX-License-Identifier: MIT OR Apache-2.0
// NAT traversal and address discovery of whole connections. Left is the client. [quic.md §5]
#include <gtest/gtest.h>

#include <algorithm>

#include "quic/endpoint/endpoint_pair.hpp"

namespace iroh::quic {
namespace {

const IpAddr second_ip{IpAddr::V4{10, 0, 0, 3}};

void connect(EndpointPair& pair) {
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  pair.run_for(base::milliseconds(200));
}

TEST(NatTraversalOfAConnection, OpensABackupPathToACandidateThatAnswers) {
  // [quic.md 70] [quic.md 71] [quic.md 72] [quic.md 73] [quic.md 76] [quic.md §9.2 40]
  EndpointPair pair(1);
  const SocketAddr second = pair.add_right_addr(second_ip);
  connect(pair);
  ASSERT_TRUE(pair.right_connection()->add_candidate(second));
  pair.wake_right();
  ASSERT_TRUE(pair.run_until([&] { return !of_kind<CandidateAdded>(pair.left_others()).empty(); }));
  EXPECT_EQ(of_kind<CandidateAdded>(pair.left_others())[0].address, second);
  EXPECT_EQ(pair.left_connection()->remote_candidates(), std::vector{second});

  ASSERT_TRUE(pair.left_connection()->add_candidate(pair.left_addr()));
  ASSERT_TRUE(pair.left_connection()->start_nat_round(pair.now()));
  pair.wake_left();
  std::vector<std::size_t> to_candidate;
  pair.link = [&](const SocketAddr&, const SocketAddr& to) {
    if (to == second) to_candidate.push_back(0);
    return true;
  };
  ASSERT_TRUE(pair.run_until([&] { return !of_kind<PathOpened>(pair.left_others()).empty(); }, base::seconds(10)));
  pair.run_for(base::seconds(10));
  const auto paths = pair.left_connection()->paths();
  ASSERT_EQ(paths.size(), 2u);  // never two on one address
  EXPECT_EQ(paths[1].four_tuple.remote, second);
  EXPECT_EQ(paths[1].status, PathStatus::backup);
  EXPECT_FALSE(to_candidate.empty());
}

TEST(NatTraversalOfAConnection, AProbeIsOneSmallPacketAndMovesNoPath) {
  // [quic.md 68] [quic.md 73] [quic.md 52] The answer is padded, and goes where the probe came from.
  EndpointPair pair(2);
  const SocketAddr second = pair.add_right_addr(second_ip);
  connect(pair);
  ASSERT_TRUE(pair.right_connection()->add_candidate(second));
  pair.wake_right();
  pair.run_for(base::seconds(1));
  std::vector<std::size_t> probes;
  bool to_second = false;
  pair.link = [&](const SocketAddr& from, const SocketAddr& to) {
    to_second = to == second;
    return from != second;  // answers are lost: all nine attempts are made
  };
  pair.filter = [&](bool, ByteSpan datagram) {
    if (to_second) probes.push_back(datagram.size());
    return true;
  };
  ASSERT_TRUE(pair.left_connection()->add_candidate(pair.left_addr()));
  ASSERT_TRUE(pair.left_connection()->start_nat_round(pair.now()));
  pair.wake_left();
  pair.run_for(base::seconds(10));
  EXPECT_EQ(probes.size(), 9u);
  EXPECT_TRUE(std::ranges::all_of(probes, [](std::size_t size) { return size <= 40; }));
  EXPECT_EQ(pair.right_connection()->paths().front().four_tuple.remote, pair.left_addr());
  EXPECT_EQ(pair.left_connection()->paths().size(), 1u);
}

TEST(NatTraversalOfAConnection, IsOffUnlessBothSidesAndMultipathWantIt) {
  // [quic.md 9]
  for (const TransportConfig& config :
       {TransportConfig{.max_remote_candidates = 0}, TransportConfig{.max_concurrent_paths = 0}}) {
    EndpointPair pair(3, {}, config, {});
    connect(pair);
    EXPECT_EQ(pair.left_connection()->add_candidate(pair.left_addr()).error(), NatTraversalError::not_negotiated);
    EXPECT_EQ(pair.right_connection()->add_candidate(pair.right_addr()).error(), NatTraversalError::not_negotiated);
  }
}

TEST(NatTraversalOfAConnection, OnlyTheClientStartsRounds) {
  // [quic.md §5.1]
  EndpointPair pair(4);
  connect(pair);
  EXPECT_EQ(pair.right_connection()->start_nat_round(pair.now()).error(), NatTraversalError::not_client);
  EXPECT_EQ(pair.left_connection()->start_nat_round(pair.now()).error(), NatTraversalError::no_candidates);
}

TEST(AddressDiscoveryOfAConnection, EachPathReportsItsAddressOnce) {
  // [quic.md 80] [quic.md §9.1 15] [quic.md §9.3 79]
  const TransportConfig both{.address_discovery = AddressDiscoveryRole::both};
  EndpointPair pair(5, {}, both, both);
  const SocketAddr second = pair.add_right_addr(second_ip);
  connect(pair);
  ASSERT_TRUE(pair.left_connection()->open_path(pair.now(), {second, std::nullopt}));
  pair.wake_left();
  pair.run_for(base::seconds(10));
  const auto left = of_kind<ObservedAddress>(pair.left_others());
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[0].address, pair.left_addr());
  EXPECT_EQ(left[1].path, PathId{1});
  const auto right = of_kind<ObservedAddress>(pair.right_others());
  ASSERT_EQ(right.size(), 2u);
  EXPECT_EQ(right[0].address, pair.right_addr());
  EXPECT_EQ(right[1].address, second);
}

TEST(AddressDiscoveryOfAConnection, ANatsNewMappingIsReportedToTheClient) {
  // [quic.md §5.9] [quic.md §9.3 79] After a rebinding the address that the server now sees.
  EndpointPair pair(6, {}, {.address_discovery = AddressDiscoveryRole::receive_only},
                    {.address_discovery = AddressDiscoveryRole::send_only});
  connect(pair);
  ASSERT_EQ(of_kind<ObservedAddress>(pair.left_others()).size(), 1u);
  EXPECT_TRUE(of_kind<ObservedAddress>(pair.right_others()).empty());
  const SocketAddr moved(IpAddr(IpAddr::V4{10, 0, 0, 1}), 7777);
  pair.rebind_left(moved);
  pair.run_for(base::seconds(15));  // the keep-alive shows the new address
  const auto reports = of_kind<ObservedAddress>(pair.left_others());
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[1].address, moved);
}

}  // namespace
}  // namespace iroh::quic
