// SPDX-License-Identifier: MIT OR Apache-2.0
// Rows of quic.md 3.5 that take more than one packet, or a handshake of their own.
#include "tests/hostile/receive_errors.hpp"

namespace iroh::hostile {
namespace {

constexpr auto pv = ErrorCode::protocol_violation;
constexpr auto encoding = ErrorCode::frame_encoding_error;

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
