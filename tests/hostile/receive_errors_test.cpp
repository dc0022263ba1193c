// SPDX-License-Identifier: MIT OR Apache-2.0
// Every row of quic.md 3.5 that one packet can bring about: the code, the frame type that is named, or that it is
// ignored.
#include "tests/hostile/hostile_world.hpp"

namespace iroh::hostile {
namespace {

using quic::path_zero;

constexpr auto client = Side::client;
constexpr auto server = Side::server;
constexpr PathId path(std::uint32_t id) {
  return static_cast<PathId>(id);
}

StreamId peer_stream(Side attacker, quic::Dir dir, std::uint64_t index = 0) {
  return {attacker, dir, index};
}

quic::NewConnectionIdFrame new_cid(std::optional<PathId> id, std::uint64_t sequence,
                                   std::uint64_t retire_prior_to = 0) {
  std::array<std::byte, 8> bytes{};
  bytes[0] = static_cast<std::byte>(sequence);
  bytes[1] = static_cast<std::byte>(id ? quic::to_u32(*id) : 0);
  bytes[7] = std::byte{0xcc};
  return {id, sequence, retire_prior_to, ConnectionId(bytes), {}};
}

const SocketAddr some_addr(ip("192.0.2.1"), 4433);
const std::vector<std::byte> some_bytes(10, std::byte{'x'});

/// What the peer is before it misbehaves.
enum class Kind : std::uint8_t { normal, with_nat_traversal, without_multipath, without_cids };

struct Row {
  const char* name;
  Side attacker;
  std::vector<std::byte> payload;
  std::optional<ErrorCode> code;  ///< nothing: ignored
  std::optional<std::uint64_t> frame_type = std::nullopt;
  Kind kind = Kind::normal;
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.name;
}

class ReceiveErrors : public testing::TestWithParam<Row> {};

HostileConfig config_of(const Row& row) {
  HostileConfig config{.attacker = row.attacker};
  if (row.kind == Kind::with_nat_traversal) config.peer.parameters.nat_traversal_limit = 32;
  if (row.kind == Kind::without_multipath || row.kind == Kind::without_cids)
    config.peer.parameters.initial_max_path_id.reset();
  if (row.kind == Kind::without_cids) config.peer.cid_size = 0;
  return config;
}

TEST_P(ReceiveErrors, AreAnsweredAsSpecified) {
  HostileWorld world(config_of(GetParam()));
  ASSERT_TRUE(world.connect());
  world.peer.send_payload(GetParam().payload);
  world.settle();
  if (GetParam().code) {
    expect_closed(world, *GetParam().code, GetParam().frame_type);
  } else {
    expect_alive(world);
  }
}

constexpr auto pv = ErrorCode::protocol_violation;
constexpr auto encoding = ErrorCode::frame_encoding_error;

// [quic.md 11] [quic.md 12] [quic.md §3.2]
const Row encoding_rows[] = {
    {"unknown_one_byte_type", client, hex("2a"), encoding, 0x2a},
    {"unknown_eight_byte_type", client, hex("c0deadbeefdeadbe"), encoding, 0xdeadbeefdeadbe},
    {"truncated_stream", client, hex("0a0005aa"), encoding, 0x0a},
    {"truncated_new_connection_id", client, hex("18010008aabb"), encoding, 0x18},
    {"truncated_path_ack", client, hex("3e00"), encoding, 0x3e},
    {"truncated_add_address", client, hex("803d7f9000c000"), encoding, 0x3d7f90},
    {"ack_range_below_zero", client, hex("0205000007"), encoding, 0x02},
    {"path_ack_range_below_zero", client, hex("3e0005000007"), encoding, 0x3e},
    {"path_ack_path_above_32_bits", client, hex("3ec00000010000000000000000"), encoding, 0x3e},
    {"path_abandon_path_above_32_bits", client, hex("7e75c00000010000000000"), encoding, 0x3e75},
    {"max_path_id_above_32_bits", client, hex("7e7ac000000100000000"), encoding, 0x3e7a},
    {"new_connection_id_of_zero_bytes", client, hex("1801000000112233445566778899aabbccddeeff"), encoding, 0x18},
    {"new_connection_id_of_21_bytes", client,
     hex("18010015000102030405060708090a0b0c0d0e0f1011121314000102030405060708090a0b0c0d0e0f"), encoding, 0x18},
    {"path_new_connection_id_of_zero_bytes", client, hex("7e780100000000112233445566778899aabbccddeeff"), encoding,
     0x3e78},
    {"retire_prior_to_above_sequence", client,
     payload_of({new_cid(std::nullopt, 1, 1)}).size() > 0
         ? hex("18010208a0a1a2a3a4a5a6a7000102030405060708090a0b0c0d0e0f")
         : std::vector<std::byte>{},
     encoding, 0x18},
    {"empty_new_token", server, hex("0700"), encoding, 0x07},
    {"stream_count_above_2_to_60", client, hex("12d000000000000001"), encoding, 0x12},
    {"streams_blocked_above_2_to_60", client, hex("16d000000000000001"), encoding, 0x16},
    {"earlier_frames_do_not_hide_it", client, hex("0101002a"), encoding, 0x2a},
};
INSTANTIATE_TEST_SUITE_P(Encoding, ReceiveErrors, testing::ValuesIn(encoding_rows),
                         [](const auto& row) { return std::string(row.param.name); });

// [quic.md 14] [quic.md 15] [quic.md §3.5]
const Row multipath_rows[] = {
    {"path_ack_not_negotiated", client,
     hex("3e000000"
         "0000"),
     pv, 0x3e, Kind::without_multipath},
    {"path_ack_ecn_not_negotiated", client,
     hex("3f000000"
         "0000000000"),
     pv, 0x3f, Kind::without_multipath},
    {"path_abandon_not_negotiated", client, payload_of({quic::PathAbandonFrame{path_zero, 1}}), pv, 0x3e75,
     Kind::without_multipath},
    {"path_status_backup_not_negotiated", client, payload_of({quic::PathStatusFrame{path_zero, true, 1}}), pv, 0x3e76,
     Kind::without_multipath},
    {"path_status_available_not_negotiated", client, payload_of({quic::PathStatusFrame{path_zero, false, 1}}), pv,
     0x3e77, Kind::without_multipath},
    {"path_new_connection_id_not_negotiated", client, payload_of({new_cid(path_zero, 1)}), pv, 0x3e78,
     Kind::without_multipath},
    {"max_path_id_not_negotiated", client, payload_of({quic::MaxPathIdFrame{path(9)}}), pv, 0x3e7a,
     Kind::without_multipath},
    {"paths_blocked_not_negotiated", client, payload_of({quic::PathsBlockedFrame{path(1)}}), pv, 0x3e7b,
     Kind::without_multipath},
    {"path_cids_blocked_not_negotiated", client, payload_of({quic::PathCidsBlockedFrame{path(1), 0}}), pv, 0x3e7c,
     Kind::without_multipath},
    {"path_ack_of_a_path_that_never_was", client, payload_of({quic::AckFrame{.path = path(5)}}), pv, 0x3e},
    {"ack_of_a_number_never_sent", client, payload_of({quic::AckFrame{.largest = 100'000}}), pv, 0x02},
    {"path_ack_of_a_number_never_sent", client, payload_of({quic::AckFrame{.path = path_zero, .largest = 100'000}}), pv,
     0x3e},
    {"path_new_connection_id_above_our_maximum", client, payload_of({new_cid(path(8), 0)}), pv, 0x3e78},
    {"path_new_connection_id_beyond_the_window", client, payload_of({new_cid(path(1), 5)}),
     ErrorCode::connection_id_limit_error, 0x3e78},
    {"new_connection_id_beyond_the_window", client, payload_of({new_cid(std::nullopt, 9)}),
     ErrorCode::connection_id_limit_error, 0x18},
    {"new_connection_id_to_a_peer_without_ids", client, payload_of({new_cid(std::nullopt, 1)}), pv, 0x18,
     Kind::without_cids},
    {"retire_never_issued", client, payload_of({quic::RetireConnectionIdFrame{std::nullopt, 50}}), pv, 0x19},
    {"path_retire_never_issued", client, payload_of({quic::RetireConnectionIdFrame{path(1), 50}}), pv, 0x3e79},
    // [quic.md §11 26]
    {"path_retire_of_the_next_to_be_issued", client, payload_of({quic::RetireConnectionIdFrame{path(1), 5}}), pv,
     0x3e79},
    {"paths_blocked_above_our_maximum", client, payload_of({quic::PathsBlockedFrame{path(8)}}), pv, 0x3e7b},
    {"path_cids_blocked_above_our_maximum", client, payload_of({quic::PathCidsBlockedFrame{path(8), 0}}), pv, 0x3e7c},
    {"path_cids_blocked_beyond_what_was_issued", client, payload_of({quic::PathCidsBlockedFrame{path_zero, 40}}), pv,
     0x3e7c},
};
INSTANTIATE_TEST_SUITE_P(Multipath, ReceiveErrors, testing::ValuesIn(multipath_rows),
                         [](const auto& row) { return std::string(row.param.name); });

const Row ignored_rows[] = {
    {"ack_means_path_zero", client, hex("0200000000"), std::nullopt},
    {"path_retire_of_an_unknown_path", client, payload_of({quic::RetireConnectionIdFrame{path(100), 3}}), std::nullopt},
    {"max_path_id_not_above_the_present", client, payload_of({quic::MaxPathIdFrame{path(3)}}), std::nullopt},
    {"paths_blocked_at_our_maximum", client, payload_of({quic::PathsBlockedFrame{path(7)}}), std::nullopt},
    {"path_cids_blocked_of_an_unused_path", client, payload_of({quic::PathCidsBlockedFrame{path(7), 0}}), std::nullopt},
    {"path_abandon_of_a_path_never_opened", client, payload_of({quic::PathAbandonFrame{path(5), 77}}), std::nullopt},
    {"path_abandon_of_an_impossible_path", client, payload_of({quic::PathAbandonFrame{path(5000), 77}}), std::nullopt},
    {"path_status_of_an_unknown_path", client, payload_of({quic::PathStatusFrame{path(6), true, 1}}), std::nullopt},
    {"path_status_again", client,
     payload_of({quic::PathStatusFrame{path_zero, true, 2}, quic::PathStatusFrame{path_zero, false, 1}}), std::nullopt},
    {"stale_ack_frequency", client,
     payload_of({quic::AckFrequencyFrame{5, 1, 2000, 1}, quic::AckFrequencyFrame{5, 1, 3000, 1}}), std::nullopt},
    {"duplicate_new_connection_id", client, payload_of({new_cid(path(2), 1), new_cid(path(2), 1)}), std::nullopt},
    {"stream_finished_twice", client,
     payload_of({quic::StreamFrame{peer_stream(client, quic::Dir::uni), 0, true, some_bytes},
                 quic::StreamFrame{peer_stream(client, quic::Dir::uni), 0, true, some_bytes},
                 quic::ResetStreamFrame{peer_stream(client, quic::Dir::uni), 3, 10}}),
     std::nullopt},
    {"path_response_nobody_asked_for", client, payload_of({quic::PathResponseFrame{}}), std::nullopt},
    {"immediate_ack", client, payload_of({quic::ImmediateAckFrame{}}), std::nullopt},
};
INSTANTIATE_TEST_SUITE_P(Ignored, ReceiveErrors, testing::ValuesIn(ignored_rows),
                         [](const auto& row) { return std::string(row.param.name); });

// [quic.md §3.5] Extensions and roles.
const Row role_rows[] = {
    {"reach_out_to_a_client_that_negotiated", server, payload_of({quic::ReachOutFrame{1, some_addr}}), pv, 0x3d7f92,
     Kind::with_nat_traversal},
    {"add_address_to_a_server_that_negotiated", client, payload_of({quic::AddAddressFrame{0, some_addr}}), pv, 0x3d7f90,
     Kind::with_nat_traversal},
    {"remove_address_to_a_server_that_negotiated", client, payload_of({quic::RemoveAddressFrame{0}}), pv, 0x3d7f94,
     Kind::with_nat_traversal},
    {"observed_address_unasked", client, payload_of({quic::ObservedAddressFrame{0, some_addr}}), pv, 0x9f81a6},
    {"add_address_to_a_server", client, payload_of({quic::AddAddressFrame{0, some_addr}}), pv, 0x3d7f90},
    {"remove_address_to_a_server", client, payload_of({quic::RemoveAddressFrame{0}}), pv, 0x3d7f94},
    {"reach_out_to_a_client", server, payload_of({quic::ReachOutFrame{1, some_addr}}), pv, 0x3d7f92},
    {"reach_out_not_negotiated", client, payload_of({quic::ReachOutFrame{1, some_addr}}), pv, 0x3d7f92},
    {"add_address_not_negotiated", server, payload_of({quic::AddAddressFrame{0, some_addr}}), pv, 0x3d7f90},
    {"ack_frequency_below_a_millisecond", client, payload_of({quic::AckFrequencyFrame{0, 1, 999, 1}}), pv, 0xaf},
    {"new_token_from_a_client", client, payload_of({quic::NewTokenFrame{some_bytes}}), pv, 0x07},
    {"handshake_done_from_a_client", client, payload_of({quic::HandshakeDoneFrame{}}), pv, 0x1e},
};
INSTANTIATE_TEST_SUITE_P(Roles, ReceiveErrors, testing::ValuesIn(role_rows),
                         [](const auto& row) { return std::string(row.param.name); });

// [RFC 9000 §4] [RFC 9000 §19] [quic.md 15]
const Row stream_rows[] = {
    {"stream_beyond_the_limit", client,
     payload_of({quic::StreamFrame{peer_stream(client, quic::Dir::uni, 100), 0, false, some_bytes}}),
     ErrorCode::stream_limit_error, 0x0a},
    {"stream_of_ours_never_opened", client,
     payload_of({quic::StreamFrame{peer_stream(server, quic::Dir::bi), 0, false, some_bytes}}),
     ErrorCode::stream_state_error, 0x0a},
    {"stream_that_only_we_send_on", client,
     payload_of({quic::StreamFrame{peer_stream(server, quic::Dir::uni), 0, false, some_bytes}}),
     ErrorCode::stream_state_error, 0x0a},
    {"stop_of_a_stream_that_only_it_sends_on", client,
     payload_of({quic::StopSendingFrame{peer_stream(client, quic::Dir::uni), 1}}), ErrorCode::stream_state_error, 0x05},
    {"max_stream_data_of_a_stream_that_only_it_sends_on", client,
     payload_of({quic::MaxStreamDataFrame{peer_stream(client, quic::Dir::uni), 1}}), ErrorCode::stream_state_error,
     0x11},
    {"stream_data_beyond_the_window", client,
     payload_of({quic::StreamFrame{peer_stream(client, quic::Dir::uni), 1'250'000, false, some_bytes}}),
     ErrorCode::flow_control_error},
    {"reset_beyond_the_window", client,
     payload_of({quic::ResetStreamFrame{peer_stream(client, quic::Dir::uni), 1, 1'250'001}}),
     ErrorCode::flow_control_error, 0x04},
    {"data_beyond_the_end", client,
     payload_of({quic::StreamFrame{peer_stream(client, quic::Dir::bi), 0, true, some_bytes},
                 quic::StreamFrame{peer_stream(client, quic::Dir::bi), 10, false, some_bytes}}),
     ErrorCode::final_size_error},
    {"a_second_end_elsewhere", client,
     payload_of({quic::StreamFrame{peer_stream(client, quic::Dir::bi), 0, true, some_bytes},
                 quic::StreamFrame{peer_stream(client, quic::Dir::bi), 0, true, ByteSpan(some_bytes).first(5)}}),
     ErrorCode::final_size_error},
    {"reset_before_what_was_sent", client,
     payload_of({quic::StreamFrame{peer_stream(client, quic::Dir::bi), 0, false, some_bytes},
                 quic::ResetStreamFrame{peer_stream(client, quic::Dir::bi), 1, 5}}),
     ErrorCode::final_size_error, 0x04},
    // Type 0x0e: OFF and LEN; offset 2^62 - 1, one byte.
    {"stream_data_beyond_2_to_62", client, hex("0e00ffffffffffffffff01aa"), ErrorCode::flow_control_error},
};
INSTANTIATE_TEST_SUITE_P(Streams, ReceiveErrors, testing::ValuesIn(stream_rows),
                         [](const auto& row) { return std::string(row.param.name); });

// ---- what needs more than one packet, or another packet

TEST(ReceiveErrors, AnEmptyPayloadIsAViolation) {
  // [quic.md 12]
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  world.peer.send_payload({});
  world.settle();
  expect_closed(world, pv, 0);
}

TEST(ReceiveErrors, ReservedBitsAreAViolationOnceAuthentic) {
  // [quic.md 28]
  for (const std::uint8_t bit : {std::uint8_t{0x08}, std::uint8_t{0x10}}) {
    HostileWorld world;
    ASSERT_TRUE(world.connect());
    world.peer.send_frames({quic::PingFrame{}}, {.first_byte_or = bit});
    world.settle();
    expect_closed(world, pv);
  }
}

TEST(ReceiveErrors, APacketWithoutTheFixedBitIsDropped) {
  // [quic.md 28]
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  world.peer.send_frames({quic::HandshakeDoneFrame{}}, {.fixed_bit = false});
  world.settle();
  expect_alive(world);
}

TEST(ReceiveErrors, WhatStandsBeforeABadFrameHasTakenEffect) {
  // [quic.md 11] The peer has closed before it went wrong.
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  auto payload = payload_of({quic::ConnectionCloseFrame{.is_application = true, .code = 7}});
  payload.push_back(std::byte{0x2a});
  world.peer.send_payload(payload);
  world.settle();
  const auto closed = world.victim_closed();
  ASSERT_TRUE(closed.has_value());
  EXPECT_EQ(closed->kind, quic::CloseReason::Kind::application_closed) << closed->to_string();
  EXPECT_EQ(closed->code, 7u);
}

TEST(ReceiveErrors, AcknowledgingASkippedPacketNumberIsAViolation) {
  // [quic.md 27] [quic.md §6.7] Within its first 64 packets the victim leaves out one number.
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  for (int i = 0; i < 100; ++i) {
    world.peer.send(quic::PingFrame{}, quic::ImmediateAckFrame{});
    world.settle(milliseconds(1));
  }
  world.settle();
  expect_alive(world);
  const auto* ack = world.peer.last<quic::AckFrame>();
  ASSERT_NE(ack, nullptr);
  const auto ranges = world.peer.received_ranges(path_zero);
  ASSERT_GE(ranges.size(), 2u) << "no number was skipped";
  world.peer.send(
      quic::AckFrame{.path = path_zero, .largest = ranges.front().last, .first_range = ranges.front().last});
  world.settle();
  expect_closed(world, pv, 0x3e);
}

TEST(ReceiveErrors, MoreThanFiftyRetirementsWaitingAreRefused) {
  // [quic.md 45] Ids of eight paths, replaced again and again, while the victim's retirements cannot leave.
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  world.peer.set_acknowledges(false);
  std::vector<Frame> frames;
  for (std::uint32_t id = 1; id <= 7; ++id) {
    for (std::uint64_t sequence = 0; sequence < 12; ++sequence) {
      frames.emplace_back(new_cid(path(id), sequence, sequence));
    }
  }
  // In as few packets as possible, all before the victim's turn.
  for (std::size_t at = 0; at < frames.size(); at += 25) {
    world.peer.send_frames({frames.begin() + static_cast<std::ptrdiff_t>(at),
                            frames.begin() + static_cast<std::ptrdiff_t>(std::min(at + 25, frames.size()))});
  }
  world.settle();
  expect_closed(world, ErrorCode::connection_id_limit_error, 0x3e78);
}

TEST(ReceiveErrors, AnIdBelowTheActiveOneIsRetiredAtOnce) {
  // [quic.md §3.5] [quic.md 42]
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  world.peer.send(new_cid(path(3), 4, 4));
  world.settle();
  const auto before = world.peer.count<quic::RetireConnectionIdFrame>();
  world.peer.send(new_cid(path(3), 1));
  world.settle();
  expect_alive(world);
  EXPECT_GT(world.peer.count<quic::RetireConnectionIdFrame>(), before);
}

TEST(ReceiveErrors, FramesOfAPathThatIsGoneAreIgnored) {
  // [quic.md 65] [quic.md §3.5] Path 1 is opened, abandoned and drained; then everything late arrives at once.
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  world.peer.offer_cids(path(1), 0, 2);
  world.settle();
  ASSERT_FALSE(world.peer.remote_cids(path(1)).empty());
  world.peer.send_frames({quic::PathChallengeFrame{}}, {.path = path(1), .datagram_size = 1200});
  world.settle();
  ASSERT_EQ(world.connection()->paths().size(), 2u);
  world.peer.send(quic::PathAbandonFrame{path(1), 42});
  world.settle(seconds(5));
  ASSERT_EQ(world.connection()->paths().size(), 1u);
  world.peer.send(quic::AckFrame{.path = path(1)}, quic::PathAbandonFrame{path(1), 1}, new_cid(path(1), 3),
                  quic::RetireConnectionIdFrame{path(1), 0}, quic::PathCidsBlockedFrame{path(1), 60},
                  quic::PathStatusFrame{path(1), true, 9});
  world.settle();
  expect_alive(world);
}

SocketAddr numbered(std::uint8_t number) {
  return {IpAddr(IpAddr::V4{10, 7, 0, number}), 1000};
}

HostileConfig with_nat_traversal(Side attacker) {
  HostileConfig config{.attacker = attacker};
  config.peer.parameters.nat_traversal_limit = 32;
  config.victim.transport.max_remote_candidates = 4;
  return config;
}

TEST(ReceiveErrors, MoreReachOutsInARoundThanTheLimitAreAViolation) {
  // [quic.md 77] [quic.md §3.5] Repetitions and older rounds do not count.
  HostileWorld world(with_nat_traversal(client));
  ASSERT_TRUE(world.connect());
  for (std::uint8_t i = 1; i <= 4; ++i)
    world.peer.send(quic::ReachOutFrame{2, numbered(i)}, quic::ReachOutFrame{2, numbered(i)});
  for (std::uint8_t i = 10; i < 20; ++i) world.peer.send(quic::ReachOutFrame{1, numbered(i)});
  world.settle();
  expect_alive(world);
  for (std::uint8_t i = 1; i <= 4; ++i)
    world.peer.send(quic::ReachOutFrame{3, numbered(static_cast<std::uint8_t>(30 + i))});
  world.settle();
  expect_alive(world);
  world.peer.send(quic::ReachOutFrame{3, numbered(99)});
  world.settle();
  expect_closed(world, pv, 0x3d7f92);
}

TEST(ReceiveErrors, SurplusAddressesAreIgnoredAndSequencesMayBeUsedAgain) {
  // [quic.md 77] [quic.md §3.5]
  HostileWorld world(with_nat_traversal(server));
  ASSERT_TRUE(world.connect());
  for (std::uint8_t i = 0; i < 40; ++i) world.peer.send(quic::AddAddressFrame{i, numbered(i)});
  world.peer.send(quic::AddAddressFrame{2, numbered(200)}, quic::RemoveAddressFrame{77});
  world.settle();
  expect_alive(world);
  EXPECT_EQ(world.connection()->remote_candidates().size(), 4u);
  world.peer.send(quic::RemoveAddressFrame{0}, quic::RemoveAddressFrame{1});
  world.settle();
  expect_alive(world);
  EXPECT_EQ(world.connection()->remote_candidates().size(), 2u);
}

TEST(ReceiveErrors, DatagramsThatWereNotInvitedAreAViolation) {
  // [quic.md §3.5] [RFC 9221 §3]
  HostileConfig config;
  config.victim.transport.datagram_receive_buffer = 0;
  HostileWorld world(config);
  ASSERT_TRUE(world.connect());
  world.peer.send(quic::DatagramFrame{some_bytes});
  world.settle();
  expect_closed(world, pv);
}

TEST(ReceiveErrors, ADatagramLargerThanTheReceiveBufferIsAViolation) {
  // [quic.md §3.5] Each is charged 32 bytes more than it holds.
  HostileConfig config;
  config.victim.transport.datagram_receive_buffer = 500;
  HostileWorld world(config);
  ASSERT_TRUE(world.connect());
  const std::vector<std::byte> fits(400, std::byte{1});
  world.peer.send(quic::DatagramFrame{fits});
  world.settle();
  expect_alive(world);
  const std::vector<std::byte> exceeds(600, std::byte{1});
  world.peer.send(quic::DatagramFrame{exceeds});
  world.settle();
  expect_closed(world, pv);
}

TEST(ReceiveErrors, StreamDataInMoreThan1024PiecesIsRefusedAnd1024AreNot) {
  // [quic.md 92] [quic.md §9.3-91]
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  const StreamId id = peer_stream(client, quic::Dir::uni);
  const auto piece = [&](std::uint64_t index) {
    return quic::StreamFrame{id, 2 * index + 2, false, ByteSpan(some_bytes).first(1)};
  };
  for (std::uint64_t i = 0; i < 1024; i += 64) {
    std::vector<Frame> frames;
    for (std::uint64_t k = i; k < i + 64; ++k) frames.emplace_back(piece(k));
    world.peer.send_frames(frames);
  }
  // Duplicates do not count.
  for (int i = 0; i < 100; ++i) world.peer.send(piece(3), piece(700));
  world.settle();
  expect_alive(world);
  for (std::uint64_t i = 1024; i < 3000; i += 50) {
    std::vector<Frame> frames;
    for (std::uint64_t k = i; k < i + 50; ++k) frames.emplace_back(piece(k));
    world.peer.send_frames(frames);
  }
  world.settle();
  expect_closed(world, ErrorCode::internal_error);
}

TEST(ReceiveErrors, CryptoDataWithTooManyGapsOrBytesIsRefused) {
  // [quic.md 38] [quic.md 92]
  {
    HostileWorld world;
    ASSERT_TRUE(world.connect());
    world.peer.send(quic::CryptoFrame{20'000, some_bytes});
    world.settle();
    expect_closed(world, ErrorCode::crypto_buffer_exceeded, 0x06);
  }
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  for (std::uint64_t i = 0; i < 3000; i += 50) {
    std::vector<Frame> frames;
    for (std::uint64_t k = i; k < i + 50; ++k) {
      frames.emplace_back(quic::CryptoFrame{100 + 2 * k, ByteSpan(some_bytes).first(1)});
    }
    world.peer.send_frames(frames);
  }
  world.settle();
  expect_closed(world, ErrorCode::internal_error, 0x06);
}

TEST(ReceiveErrors, FramesOfPathsAndCloseOfApplicationsAreAViolationInTheHandshake) {
  // [quic.md 13] [quic.md 91] [quic.md §9.3-93] As client and as server, in Initial packets, before anything else is
  // known.
  const std::vector<std::vector<Frame>> forbidden = {
      {quic::PathAbandonFrame{path_zero, 1}},
      {quic::AckFrame{.path = path_zero}},
      {quic::MaxPathIdFrame{path(9)}},
      {quic::ObservedAddressFrame{0, some_addr}},
      {quic::AddAddressFrame{0, some_addr}},
      {quic::DatagramFrame{some_bytes}},
      {quic::ImmediateAckFrame{}},
      {quic::AckFrequencyFrame{0, 1, 2000, 1}},
      {quic::StreamFrame{peer_stream(client, quic::Dir::bi), 0, false, some_bytes}},
      {quic::ConnectionCloseFrame{.is_application = true, .code = 1}},
      {quic::HandshakeDoneFrame{}},
  };
  for (const auto& frames : forbidden) {
    SCOPED_TRACE(frames.front().index());
    HostileWorld world;
    world.peer.start();
    world.peer.send_frames(frames, {.level = EncryptionLevel::initial, .datagram_size = 1200});
    world.settle();
    const auto closed = world.victim_closed();
    ASSERT_TRUE(closed.has_value());
    EXPECT_EQ(closed->code, static_cast<std::uint64_t>(pv));
    ASSERT_TRUE(world.peer.close.has_value());
    EXPECT_EQ(world.peer.close->code, static_cast<std::uint64_t>(pv));
    EXPECT_FALSE(world.peer.close->is_application);
  }
}

TEST(ReceiveErrors, AKeyUpdateBeforeTheLastOneWasAnsweredIsRefused) {
  // [quic.md 25] [RFC 9001 §6.2]
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  world.peer.set_acknowledges(false);
  world.peer.update_keys();
  world.peer.send(quic::PaddingFrame{});
  world.peer.update_keys();
  world.peer.send(quic::PaddingFrame{});
  world.settle();
  expect_closed(world, ErrorCode::key_update_error);
}

TEST(ReceiveErrors, AKeyUpdateInAnOldPacketIsRefused) {
  // [quic.md 25] [quic.md §4.5]
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  const PacketNumber number = world.peer.next_number(path_zero);
  world.peer.send_frames({quic::PingFrame{}}, {.number = number + 5});
  world.settle();
  world.peer.update_keys();
  world.peer.send_frames({quic::PingFrame{}}, {.number = number + 2});
  world.settle();
  expect_closed(world, ErrorCode::key_update_error);
}

TEST(ReceiveErrors, KeyUpdatesAreFollowedAtAnyTime) {
  // [quic.md 24]
  HostileWorld world;
  ASSERT_TRUE(world.connect());
  for (int i = 0; i < 5; ++i) {
    world.peer.update_keys();
    world.peer.send(quic::PingFrame{}, quic::ImmediateAckFrame{});
    world.settle(seconds(1));
    expect_alive(world);
  }
  EXPECT_EQ(world.connection()->stats().key_updates, 5u);
}

}  // namespace
}  // namespace iroh::hostile
