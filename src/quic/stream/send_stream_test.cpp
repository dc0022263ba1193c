// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/send_stream.hpp"

#include <gtest/gtest.h>

#include "quic/stream/test_packet.hpp"

namespace iroh::quic {
namespace {

using test::pattern_bytes;
using test::TestPacket;
using test::WrittenFrames;

constexpr StreamId id(4);

struct SendStreamTest : ::testing::Test {
  SendStreamTest() { stream.on_max_stream_data(100'000); }
  SentFrame send_one(std::size_t packet_size = 1200) {
    TestPacket packet(packet_size);
    EXPECT_TRUE(stream.write_frames(id, packet.writer));
    EXPECT_EQ(packet.sent().size(), 1u);
    return packet.sent().at(0);
  }
  std::uint64_t ack(const SentFrame& frame) {
    return stream.on_acked({frame.offset, frame.offset + frame.length}, frame.flag);
  }
  void lose(const SentFrame& frame) { stream.on_lost({frame.offset, frame.offset + frame.length}, frame.flag); }
  SendStream stream;
};

// [RFC 9000 §3.1] Send, Data Sent, Data Recvd.
TEST_F(SendStreamTest, IsDoneWhenDataAndFinAreAcknowledged) {
  stream.write(pattern_bytes(0, 100));
  EXPECT_TRUE(stream.finish());
  EXPECT_FALSE(stream.finish());
  EXPECT_EQ(stream.state(), SendStream::State::send);
  const SentFrame frame = send_one();
  EXPECT_TRUE(frame.flag);
  EXPECT_EQ(stream.state(), SendStream::State::data_sent);
  EXPECT_EQ(ack(frame), 100u);
  EXPECT_EQ(stream.state(), SendStream::State::data_recvd);
}

TEST_F(SendStreamTest, SendsAFinAloneIfTheDataIsGone) {
  stream.write(pattern_bytes(0, 100));
  const SentFrame data = send_one();
  EXPECT_FALSE(data.flag);
  EXPECT_FALSE(stream.can_send());
  stream.finish();
  EXPECT_TRUE(stream.can_send());
  const SentFrame fin = send_one();
  EXPECT_TRUE(fin.flag);
  EXPECT_EQ(fin.length, 0u);
  ack(fin);
  EXPECT_FALSE(stream.is_done());
  ack(data);
  EXPECT_TRUE(stream.is_done());
}

TEST_F(SendStreamTest, RepeatsALostFin) {
  stream.finish();
  const SentFrame fin = send_one();
  lose(fin);
  EXPECT_TRUE(stream.can_send());
  const SentFrame again = send_one();
  EXPECT_TRUE(again.flag);
  ack(fin);  // it was only late
  EXPECT_TRUE(stream.is_done());
  lose(again);
  EXPECT_FALSE(stream.can_send());
}

TEST_F(SendStreamTest, RepeatsLostDataWithItsFin) {
  stream.write(pattern_bytes(0, 3000));
  stream.finish();
  const SentFrame first = send_one();
  send_one();
  const SentFrame last = send_one();
  EXPECT_TRUE(last.flag);
  lose(first);
  lose(last);
  TestPacket packet(3000);
  EXPECT_TRUE(stream.write_frames(id, packet.writer));
  const auto frames = WrittenFrames(packet).all<StreamFrame>();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_FALSE(frames[0].fin);
  EXPECT_EQ(frames[0].data.size(), first.length);
  EXPECT_TRUE(frames[1].fin);
  EXPECT_EQ(frames[1].offset + frames[1].data.size(), 3000u);
}

// [RFC 9000 §19.8] The length may be left out only by a frame that ends the packet exactly.
TEST_F(SendStreamTest, FitsEveryPacketSizeExactly) {
  for (std::size_t available = 1; available < 300; available += 7) {
    for (std::size_t size = 1; size < 330; ++size) {
      SendStream each;
      each.on_max_stream_data(1000);
      each.write(pattern_bytes(0, available));
      TestPacket packet(size);
      const bool has_written = each.write_frames(StreamId(64), packet.writer);
      ASSERT_EQ(has_written, size >= 4) << "size " << size;
      if (!has_written) continue;
      // What comes after is read as a frame of its own: nothing was swallowed.
      while (packet.writer.remaining() > 0) packet.writer.pad(1);
      const WrittenFrames parsed(packet);
      std::size_t total = 0;
      for (const StreamFrame& frame : parsed.all<StreamFrame>()) {
        ASSERT_EQ(frame.offset, total);
        ASSERT_TRUE(test::is_pattern(frame.offset, frame.data));
        total += frame.data.size();
      }
      ASSERT_EQ(total, packet.sent().back().offset + packet.sent().back().length);
      ASSERT_TRUE(total == available || total + 8 >= size) << "size " << size << ", available " << available;
    }
  }
}

// [RFC 9000 §3.1], [RFC 9000 §4.5] Reset Sent, Reset Recvd; the final size is what was sent.
TEST_F(SendStreamTest, ResetsWithTheSizeThatWasSent) {
  stream.write(pattern_bytes(0, 3000));
  const SentFrame frame = send_one();
  EXPECT_EQ(stream.reset(9), 3000u - frame.length);
  EXPECT_FALSE(stream.reset(10));
  EXPECT_TRUE(stream.needs_reset_frame());
  EXPECT_EQ(stream.final_size(), frame.length);
  EXPECT_EQ(stream.reset_code(), 9u);
  EXPECT_FALSE(stream.can_send());
  lose(frame);
  EXPECT_FALSE(stream.can_send());
  stream.on_reset_written();
  EXPECT_FALSE(stream.needs_reset_frame());
  stream.on_reset_lost();
  EXPECT_TRUE(stream.needs_reset_frame());
  stream.on_reset_acked();
  EXPECT_TRUE(stream.is_done());
  EXPECT_FALSE(stream.needs_reset_frame());
}

TEST_F(SendStreamTest, IsNotResetAfterEverythingIsAcknowledged) {
  stream.finish();
  ack(send_one());
  EXPECT_FALSE(stream.reset(1));
  EXPECT_FALSE(stream.on_stop_sending(1));
}

TEST_F(SendStreamTest, LearnsOfAStopOnce) {
  EXPECT_TRUE(stream.on_stop_sending(5));
  EXPECT_FALSE(stream.on_stop_sending(6));
  EXPECT_EQ(stream.stop_code(), 5u);
}

}  // namespace
}  // namespace iroh::quic
