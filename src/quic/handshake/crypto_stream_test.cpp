// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/handshake/crypto_stream.hpp"

#include <gtest/gtest.h>

#include "base/varint.hpp"

#include <vector>

#include "base/random.hpp"
#include "quic/stream/test_packet.hpp"

namespace iroh::quic {
namespace {

using test::is_pattern;
using test::pattern_bytes;
using test::TestPacket;
using test::WrittenFrames;

struct CryptoStreamTest : ::testing::Test {
  ErrorCode receive(std::uint64_t offset, std::size_t size) {
    const auto result = stream.on_frame({.offset = offset}, pattern_bytes(offset, size));
    return result ? ErrorCode::no_error : result.error().code;
  }
  CryptoStream stream{EncryptionLevel::handshake};
};

TEST_F(CryptoStreamTest, CutsMessagesIntoPackets) {
  stream.queue(pattern_bytes(0, 2500));
  std::uint64_t offset = 0;
  while (stream.can_send()) {
    TestPacket packet;
    stream.write(packet.writer);
    const WrittenFrames parsed(packet);
    for (const CryptoFrame& frame : parsed.all<CryptoFrame>()) {
      EXPECT_EQ(frame.offset, offset);
      EXPECT_TRUE(is_pattern(offset, frame.data));
      offset += frame.data.size();
    }
    EXPECT_EQ(packet.sent().at(0).level, EncryptionLevel::handshake);
  }
  EXPECT_EQ(offset, 2500u);
}

TEST_F(CryptoStreamTest, WritesNothingWhereNothingFits) {
  stream.queue(pattern_bytes(0, 100));
  for (std::size_t size = 1; size < 40; ++size) {
    CryptoStream each(EncryptionLevel::initial);
    each.queue(pattern_bytes(0, 100));
    TestPacket packet(size);
    each.write(packet.writer);
    EXPECT_EQ(packet.writer.empty(), size < 4) << size;
  }
}

TEST_F(CryptoStreamTest, RepeatsLostData) {
  stream.queue(pattern_bytes(0, 100));
  TestPacket packet;
  stream.write(packet.writer);
  EXPECT_FALSE(stream.can_send());
  stream.on_lost(packet.sent().at(0));
  EXPECT_TRUE(stream.can_send());
  stream.on_acked(packet.sent().at(0));
  EXPECT_FALSE(stream.can_send());
  EXPECT_FALSE(stream.has_unacked());
}

TEST_F(CryptoStreamTest, RepeatsWhatIsNotAcknowledgedOnRequest) {
  stream.queue(pattern_bytes(0, 100));
  TestPacket packet;
  stream.write(packet.writer);
  stream.queue(pattern_bytes(100, 10));
  stream.requeue_unacked();
  TestPacket again;
  stream.write(again.writer);
  ASSERT_EQ(again.sent().size(), 2u);
  EXPECT_EQ(again.sent()[0].length, 100u);
  EXPECT_EQ(again.sent()[1].length, 10u);
}

// [quic.md 38] Any order, up to 16 KiB.
TEST_F(CryptoStreamTest, ReassemblesSixteenKibibytesInAnyOrder) {
  base::SeededRandom random(1);
  std::vector<std::uint64_t> order;
  for (std::uint64_t i = 0; i < 64; ++i) order.push_back(i);
  for (std::size_t i = 0; i < order.size(); ++i) std::swap(order[i], order[random.below(order.size())]);
  for (const std::uint64_t i : order) ASSERT_EQ(receive(i * 256, 256), ErrorCode::no_error);
  std::uint64_t offset = 0;
  for (Bytes data = stream.read(); !data.empty(); data = stream.read()) {
    ASSERT_TRUE(is_pattern(offset, data));
    offset += data.size();
  }
  EXPECT_EQ(offset, 16'384u);
  EXPECT_EQ(stream.read_offset(), 16'384u);
}

// [RFC 9000 §7.5] What TLS has not taken counts, wherever it lies.
TEST_F(CryptoStreamTest, RejectsMoreThanItBuffers) {
  EXPECT_EQ(receive(16'383, 1), ErrorCode::no_error);
  EXPECT_EQ(receive(16'384, 1), ErrorCode::crypto_buffer_exceeded);
  EXPECT_EQ(receive(base::varint_max - 1, 1), ErrorCode::crypto_buffer_exceeded);
  ASSERT_EQ(receive(0, 100), ErrorCode::no_error);
  EXPECT_EQ(stream.read().size(), 100u);
  EXPECT_EQ(receive(16'384, 100), ErrorCode::no_error);
  EXPECT_EQ(receive(16'384, 101), ErrorCode::crypto_buffer_exceeded);
}

// [quic.md 92] Per CRYPTO level, too.
TEST_F(CryptoStreamTest, BoundsTheGaps) {
  for (std::uint64_t i = 1; i <= 1024; ++i) ASSERT_EQ(receive(2 * i, 1), ErrorCode::no_error);
  for (std::uint64_t i = 1; i <= 1024; ++i) ASSERT_EQ(receive(2 * i, 1), ErrorCode::no_error);
  EXPECT_TRUE(stream.has_unread_gap());
  const auto result = stream.on_frame({.offset = 4000}, pattern_bytes(4000, 1));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::internal_error);
  EXPECT_EQ(result.error().frame_type, 0x06u);
}

TEST_F(CryptoStreamTest, SaysWhenThereIsSomethingToRead) {
  EXPECT_FALSE(*stream.on_frame({.offset = 10}, pattern_bytes(10, 10)));
  EXPECT_TRUE(*stream.on_frame({.offset = 0}, pattern_bytes(0, 10)));
  EXPECT_FALSE(*stream.on_frame({.offset = 0}, pattern_bytes(0, 20)));
}

}  // namespace
}  // namespace iroh::quic
