// SPDX-License-Identifier: MIT OR Apache-2.0
// What our side says, frame by frame, as only its peer can see it; and what it thinks of transport parameters.
#include <algorithm>

#include "tests/hostile/hostile_world.hpp"

namespace iroh::hostile {
namespace {

using quic::path_zero;

constexpr PathId path(std::uint32_t id) {
  return static_cast<PathId>(id);
}

/// Frames of our side that fit a predicate.
template <class F, class Predicate>
std::size_t count_if(const ScriptedPeer& peer, Predicate predicate) {
  return static_cast<std::size_t>(std::ranges::count_if(peer.received, [&](const ScriptedPeer::Received& one) {
    const F* frame = std::get_if<F>(&one.frame);
    return frame != nullptr && predicate(*frame);
  }));
}

std::size_t plain_ids(const ScriptedPeer& peer) {
  return count_if<quic::NewConnectionIdFrame>(peer, [](const auto& frame) { return !frame.path; });
}
std::size_t path_ids(const ScriptedPeer& peer) {
  return count_if<quic::NewConnectionIdFrame>(peer, [](const auto& frame) { return frame.path.has_value(); });
}

HostileConfig three_paths(Side attacker) {
  HostileConfig config{.attacker = attacker};
  config.victim.transport.max_concurrent_paths = 3;
  config.peer.parameters.initial_max_path_id = 2;
  return config;
}

TEST(Observed, AServerOffersFourteenIdsForThreePaths) {
  // [quic.md §9.1-5] [quic.md 41] Four of them, those of path 0, may come in either dialect.
  HostileWorld world(three_paths(Side::client));
  ASSERT_TRUE(world.connect());
  EXPECT_EQ(plain_ids(world.peer) + path_ids(world.peer), 14u);
  EXPECT_TRUE(plain_ids(world.peer) == 0 || plain_ids(world.peer) == 4) << plain_ids(world.peer);
  for (const std::uint32_t id : {1u, 2u}) EXPECT_EQ(world.peer.remote_cids(path(id)).size(), 5u);
}

TEST(Observed, AClientOffersOnlyIdsOfPathsAndReplacesTheOneThatIsRetired) {
  // [quic.md §9.1-5] [quic.md 43] [quic.md 44]
  HostileWorld world(three_paths(Side::server));
  ASSERT_TRUE(world.connect());
  EXPECT_EQ(plain_ids(world.peer), 0u);
  EXPECT_EQ(path_ids(world.peer), 14u);
  world.peer.send(quic::RetireConnectionIdFrame{path_zero, 0});
  world.peer.drop_remote_cid(path_zero, 0);
  world.settle();
  EXPECT_EQ(path_ids(world.peer), 15u);
}

TEST(Observed, AcknowledgementsArePathAcksOnceMultipathIsInForce) {
  // [quic.md §9.1-2] [quic.md 59]
  for (const Side attacker : {Side::client, Side::server}) {
    HostileWorld world({.attacker = attacker});
    ASSERT_TRUE(world.connect());
    world.peer.received.clear();
    for (int i = 0; i < 5; ++i) world.peer.send(quic::PingFrame{}, quic::PingFrame{});
    world.settle();
    EXPECT_GT(world.peer.count<quic::AckFrame>(), 0u);
    EXPECT_EQ(count_if<quic::AckFrame>(world.peer, [](const auto& ack) { return ack.path != path_zero; }), 0u);
  }
}

TEST(Observed, WithoutMultipathEverythingIsPlain) {
  // [quic.md §1.4]
  HostileConfig config;
  config.peer.parameters.initial_max_path_id.reset();
  HostileWorld world(config);
  ASSERT_TRUE(world.connect());
  world.peer.send(quic::PingFrame{}, quic::ImmediateAckFrame{});
  world.settle();
  EXPECT_EQ(path_ids(world.peer), 0u);
  EXPECT_EQ(plain_ids(world.peer), 4u);
  EXPECT_EQ(count_if<quic::AckFrame>(world.peer, [](const auto& ack) { return ack.path.has_value(); }), 0u);
}

TEST(Observed, AStatusIsAnnouncedOnceWithSequenceOne) {
  // [quic.md §9.1-3] [quic.md §4.8]
  HostileWorld world({.attacker = Side::server});
  ASSERT_TRUE(world.connect());
  ASSERT_TRUE(world.connection()->set_path_status(path_zero, quic::PathStatus::backup));
  ASSERT_TRUE(world.connection()->set_path_status(path_zero, quic::PathStatus::backup));
  world.victim.wake_all();
  world.settle();
  ASSERT_EQ(world.peer.count<quic::PathStatusFrame>(), 1u);
  EXPECT_EQ(*world.peer.last<quic::PathStatusFrame>(), (quic::PathStatusFrame{path_zero, true, 1}));
}

TEST(Observed, RaisingTheLimitOfPathsSendsOneMaxPathIdAndTheirIds) {
  // [quic.md §9.1-7]
  HostileConfig config;
  config.victim.transport.max_concurrent_paths = 1;
  config.peer.parameters.initial_max_path_id = 2;
  HostileWorld world(config);
  ASSERT_TRUE(world.connect());
  world.peer.received.clear();
  world.connection()->set_max_paths(3);
  world.victim.wake_all();
  world.settle();
  ASSERT_EQ(world.peer.count<quic::MaxPathIdFrame>(), 1u);
  EXPECT_EQ(world.peer.last<quic::MaxPathIdFrame>()->maximum, path(2));
  EXPECT_EQ(path_ids(world.peer), 10u);
}

TEST(Observed, AbandonedPathsAreAnsweredOnceWithTheSameCodeAndOneMoreId) {
  // [quic.md §9.1-12] [quic.md 61] [quic.md 64] Also if the abandon is repeated.
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  world.peer.offer_cids(path(1), 0, 2);
  world.settle();
  world.peer.send_frames({quic::PathChallengeFrame{}}, {.path = path(1), .datagram_size = 1200});
  world.settle();
  ASSERT_EQ(world.connection()->paths().size(), 2u);
  world.peer.received.clear();
  for (int i = 0; i < 3; ++i) world.peer.send(quic::PathAbandonFrame{path(1), 42});
  world.settle(seconds(3));
  ASSERT_EQ(world.peer.count<quic::PathAbandonFrame>(), 1u);
  EXPECT_EQ(*world.peer.last<quic::PathAbandonFrame>(), (quic::PathAbandonFrame{path(1), 42}));
  ASSERT_EQ(world.peer.count<quic::MaxPathIdFrame>(), 1u);
  EXPECT_EQ(world.peer.last<quic::MaxPathIdFrame>()->maximum, path(8));
}

TEST(Observed, ANewPathIsChallengedAndAnsweredInLargeDatagramsOnItsOwnId) {
  // [quic.md 50] [quic.md 51] [quic.md 52] [quic.md 56]
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  world.peer.offer_cids(path(2), 0, 2);
  world.settle();
  world.peer.received.clear();
  std::vector<std::size_t> sizes;
  world.link.from(world.victim).set_filter([&](sim::Packet& packet) {
    sizes.push_back(packet.payload.size());
    return true;
  });
  const quic::PathChallengeFrame challenge{{std::byte{1}, std::byte{2}}};
  world.peer.send_frames({challenge}, {.path = path(2), .datagram_size = 1200});
  world.settle(milliseconds(30));
  ASSERT_FALSE(sizes.empty());
  EXPECT_GE(sizes.front(), 1200u);
  ASSERT_EQ(world.peer.count<quic::PathResponseFrame>(), 1u);
  EXPECT_EQ(world.peer.last<quic::PathResponseFrame>()->token, challenge.token);
  EXPECT_GE(world.peer.count<quic::PathChallengeFrame>(), 1u);
  EXPECT_GE(world.peer.count<quic::ImmediateAckFrame>() + world.peer.count<quic::PingFrame>(), 1u);
  for (const auto& one : world.peer.received) {
    if (!std::holds_alternative<quic::PathResponseFrame>(one.frame)) continue;
    EXPECT_EQ(one.path, path(2));
  }
}

TEST(Observed, ThePeersCloseIsAnsweredOnceInOneRttAndNotInInitial) {
  // [quic.md 88] [quic.md §6.8]
  {
    HostileWorld world;
    ASSERT_TRUE(world.connect());
    for (int i = 0; i < 3; ++i) world.peer.send(quic::ConnectionCloseFrame{.is_application = true, .code = 7});
    world.settle();
    ASSERT_TRUE(world.peer.close.has_value());
    EXPECT_FALSE(world.peer.close->is_application);
    EXPECT_EQ(world.peer.close->code, 0u);
    EXPECT_EQ(world.peer.count<quic::ConnectionCloseFrame>(), 1u);
    EXPECT_EQ(world.victim_closed()->code, 7u);
  }
  HostileWorld world;
  world.peer.start();
  world.peer.send_frames({quic::ConnectionCloseFrame{.code = 2}},
                         {.level = EncryptionLevel::initial, .datagram_size = 1200});
  world.settle();
  EXPECT_FALSE(world.peer.close.has_value());
}

TEST(Observed, ImmediateAcksGoOnlyToPeersThatKnowThem) {
  // [quic.md 83]
  HostileConfig config;
  config.peer.parameters.min_ack_delay_us.reset();
  HostileWorld world(config);
  ASSERT_TRUE(world.connect());
  world.peer.send_frames({quic::PathChallengeFrame{}}, {.datagram_size = 1200});
  world.settle(seconds(3));
  EXPECT_EQ(world.peer.count<quic::ImmediateAckFrame>(), 0u);
  EXPECT_EQ(world.peer.count<quic::AckFrequencyFrame>(), 0u);
  EXPECT_GE(world.peer.count<quic::PingFrame>(), 1u);
}

// ---- transport parameters

struct ParameterRow {
  const char* name;
  const char* extra;  ///< encoded parameters behind the others, in hex
  std::optional<ErrorCode> code;
};

std::ostream& operator<<(std::ostream& out, const ParameterRow& row) {
  return out << row.name;
}

class PeerParameters : public testing::TestWithParam<ParameterRow> {};

// [quic.md 1] [quic.md 2] [quic.md 3] [quic.md 4] [quic.md 6]
const ParameterRow parameter_rows[] = {
    {"unknown_ones_are_skipped", "7f0f03aabbcc", std::nullopt},
    {"reserved_ones_are_skipped", "1b00", std::nullopt},
    {"a_duplicate", "010104", ErrorCode::transport_parameter_error},
    {"duplicate_min_ack_delay", "c0000000ff04de1b0243e8", ErrorCode::transport_parameter_error},
    {"length_mismatch", "0a020303", ErrorCode::transport_parameter_error},
    {"truncated", "0a05", ErrorCode::transport_parameter_error},
    {"ack_delay_exponent_of_21", "0a0115", ErrorCode::transport_parameter_error},
    {"nat_traversal_of_zero", "c0003d7f911204010100", ErrorCode::transport_parameter_error},
    {"nat_traversal_of_two_bytes", "c0003d7f91120401024020", ErrorCode::transport_parameter_error},
    {"address_discovery_role_of_three", "c00000009f81a1760103", ErrorCode::transport_parameter_error},
    {"reset_token_from_a_client", "021000000000000000000000000000000000", ErrorCode::transport_parameter_error},
    {"original_id_from_a_client", "000800000000000000aa", ErrorCode::transport_parameter_error},
    {"retry_id_from_a_client", "100800000000000000aa", ErrorCode::transport_parameter_error},
    {"disable_migration_with_content", "0c0100", ErrorCode::transport_parameter_error},
};

TEST_P(PeerParameters, AreJudged) {
  HostileConfig config;
  config.peer.extra_parameters = hex(GetParam().extra);
  HostileWorld world(config);
  const bool is_connected = world.connect();
  EXPECT_EQ(is_connected, !GetParam().code);
  if (GetParam().code) expect_closed(world, *GetParam().code);
}
INSTANTIATE_TEST_SUITE_P(OfAClient, PeerParameters, testing::ValuesIn(parameter_rows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(PeerParameters, MustNameTheSourceId) {
  // [quic.md 7]
  HostileConfig config;
  config.peer.has_source_cid_parameter = false;
  HostileWorld world(config);
  EXPECT_FALSE(world.connect());
  expect_closed(world, ErrorCode::transport_parameter_error);
}

TEST(PeerParameters, MultipathNeedsConnectionIds) {
  // [quic.md §9.1-1] [quic.md 5]
  HostileConfig config;
  config.peer.cid_size = 0;
  HostileWorld world(config);
  EXPECT_FALSE(world.connect());
  expect_closed(world, ErrorCode::protocol_violation);
}

}  // namespace
}  // namespace iroh::hostile
