// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/datagram/datagram_queue.hpp"

#include <gtest/gtest.h>

#include "quic/stream/test_packet.hpp"

namespace iroh::quic {
namespace {

using test::pattern_bytes;
using test::TestPacket;
using test::WrittenFrames;

constexpr auto drop_oldest = DatagramSendMode::drop_oldest;
constexpr auto wait = DatagramSendMode::wait;

struct DatagramQueueTest : ::testing::Test {
  DatagramQueueTest() { queue.set_max_size(1000); }
  ErrorCode receive(std::size_t size) {
    const auto result = queue.on_datagram(pattern_bytes(size, size));
    return result ? ErrorCode::no_error : result.error().code;
  }
  std::vector<std::size_t> write(std::size_t packet_size = 1200) {
    TestPacket packet(packet_size);
    queue.write(packet.writer);
    std::vector<std::size_t> sizes;
    const WrittenFrames parsed(packet);
    for (const DatagramFrame& frame : parsed.all<DatagramFrame>()) {
      EXPECT_TRUE(test::is_pattern(frame.data.size(), frame.data));
      sizes.push_back(frame.data.size());
    }
    return sizes;
  }
  std::expected<void, DatagramSendError> send(std::size_t size, DatagramSendMode mode) {
    return queue.send(pattern_bytes(size, size), mode);
  }
  DatagramQueue queue{DatagramConfig{.receive_buffer = 1000, .send_buffer = 2000}};
};

TEST_F(DatagramQueueTest, SendsInOrderWhatFitsThePacket) {
  for (const std::size_t size : {500u, 600u, 100u}) ASSERT_TRUE(send(size, drop_oldest));
  EXPECT_EQ(queue.next_frame_size(), 503u);
  EXPECT_EQ(write(), (std::vector<std::size_t>{500, 600}));
  EXPECT_EQ(write(), (std::vector<std::size_t>{100}));
  EXPECT_FALSE(queue.can_send());
  EXPECT_EQ(queue.next_frame_size(), 0u);
}

TEST_F(DatagramQueueTest, LeavesADatagramThatDoesNotFitForTheNextPacket) {
  ASSERT_TRUE(send(1000, drop_oldest));
  EXPECT_TRUE(write(1002).empty());
  EXPECT_TRUE(queue.can_send());
  EXPECT_EQ(write(1003), (std::vector<std::size_t>{1000}));
}

// The packet is sealed after write() has returned, perhaps after more packets were written.
TEST_F(DatagramQueueTest, KeepsContentsUntilPacketsAreSealed) {
  const Bytes data = pattern_bytes(0, 700);
  ASSERT_TRUE(queue.send(data, drop_oldest));
  ASSERT_TRUE(queue.send(pattern_bytes(0, 700), drop_oldest));
  TestPacket packet;
  queue.write(packet.writer);
  TestPacket next;
  queue.write(next.writer);
  EXPECT_FALSE(data.owner().get()->is_unique());
  queue.release_written();
  EXPECT_TRUE(data.owner().get()->is_unique());
}

TEST_F(DatagramQueueTest, CarriesEmptyDatagrams) {
  ASSERT_TRUE(send(0, drop_oldest));
  EXPECT_EQ(write(2), (std::vector<std::size_t>{0}));
  EXPECT_EQ(receive(0), ErrorCode::no_error);
  EXPECT_EQ(queue.receive(), Bytes());
  EXPECT_EQ(queue.receive(), std::nullopt);
}

TEST_F(DatagramQueueTest, RefusesWhatCannotBeSent) {
  EXPECT_EQ(send(1001, drop_oldest).error(), DatagramSendError::too_large);
  queue.set_max_size(5000);
  EXPECT_EQ(send(1969, drop_oldest).error(), DatagramSendError::too_large);
  EXPECT_TRUE(send(1968, drop_oldest));
  queue.set_max_size(std::nullopt);
  EXPECT_EQ(send(1, drop_oldest).error(), DatagramSendError::unsupported_by_peer);
  EXPECT_FALSE(queue.can_send());
}

TEST_F(DatagramQueueTest, DropsTheOldestToSendTheNewest) {
  for (const std::size_t size : {600u, 601u, 602u, 603u}) ASSERT_TRUE(send(size, drop_oldest));
  EXPECT_EQ(write(5000), (std::vector<std::size_t>{601, 602, 603}));
}

TEST_F(DatagramQueueTest, WaitsForRoom) {
  for (const std::size_t size : {600u, 601u, 602u}) ASSERT_TRUE(send(size, wait));
  EXPECT_EQ(send(603, wait).error(), DatagramSendError::blocked);
  EXPECT_EQ(queue.send_buffer_space(), 2000u - 1803 - 4 * 32);
  EXPECT_EQ(queue.poll_event(), std::nullopt);
  write(700);
  EXPECT_EQ(queue.poll_event(), DatagramEvent::unblocked);
  EXPECT_EQ(queue.poll_event(), std::nullopt);
  EXPECT_TRUE(send(603, wait));
}

// [quic.md 69] What no longer fits the path must not stand in the way.
TEST_F(DatagramQueueTest, TakesAndGivesBatches) {
  std::vector<Bytes> batch;
  for (const std::size_t size : {500u, 600u, 700u, 800u}) batch.push_back(pattern_bytes(size, size));
  EXPECT_EQ(queue.send_many(batch, wait), 3u) << "with their charges 1896 of 2000 bytes";
  EXPECT_EQ(batch[3].size(), 800u) << "what is refused stays with the caller";
  EXPECT_EQ(write(), (std::vector<std::size_t>{500, 600}));
  EXPECT_EQ(queue.poll_event(), DatagramEvent::unblocked);
  EXPECT_EQ(queue.send_many(std::span(batch).subspan(3), wait), 1u);

  for (const std::size_t size : {100u, 200u, 300u}) ASSERT_EQ(receive(size), ErrorCode::no_error);
  std::vector<Bytes> received;
  EXPECT_EQ(queue.receive_many(received, 2), 2u);
  EXPECT_EQ(queue.receive_many(received, 100), 1u);
  ASSERT_EQ(received.size(), 3u);
  EXPECT_EQ(received[2].size(), 300u);
  EXPECT_EQ(queue.receive_many(received, 100), 0u);
}

// [quic.md 98] The oldest go also in batches.
TEST_F(DatagramQueueTest, ABatchThatIsTooLargeKeepsItsNewest) {
  std::vector<Bytes> batch;
  for (const std::size_t size : {901u, 902u, 903u, 904u}) batch.push_back(pattern_bytes(size, size));
  EXPECT_EQ(queue.send_many(batch, drop_oldest), 4u);
  EXPECT_EQ(write(2000), (std::vector<std::size_t>{903, 904}));
}

TEST_F(DatagramQueueTest, DropsWhatNoLongerFits) {
  for (const std::size_t size : {900u, 100u, 901u}) ASSERT_TRUE(send(size, wait));
  EXPECT_EQ(send(900, wait).error(), DatagramSendError::blocked);
  queue.set_max_size(500);
  EXPECT_EQ(queue.poll_event(), DatagramEvent::unblocked);
  EXPECT_EQ(write(), (std::vector<std::size_t>{100}));
  EXPECT_FALSE(queue.can_send());
}

// [quic.md 19] The oldest goes when the receive buffer overflows.
TEST_F(DatagramQueueTest, DropsTheOldestReceived) {
  for (const std::size_t size : {300u, 301u, 302u}) EXPECT_EQ(receive(size), ErrorCode::no_error);
  EXPECT_EQ(queue.poll_event(), DatagramEvent::readable);
  EXPECT_EQ(queue.poll_event(), std::nullopt);
  EXPECT_EQ(receive(300), ErrorCode::no_error);
  EXPECT_EQ(queue.received_dropped(), 1u);
  EXPECT_EQ(queue.receive()->size(), 301u);
}

// [quic.md 98] Empty ones cost something, so that they cannot pile up.
TEST_F(DatagramQueueTest, BoundsTheNumberOfEmptyDatagrams) {
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(receive(0), ErrorCode::no_error);
  EXPECT_EQ(queue.received_dropped(), 1000u - 1000 / 32);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(send(0, drop_oldest));
  EXPECT_EQ(write(5000).size(), 2000u / 32);
}

// [quic.md §3.5], [RFC 9221 §3]
TEST_F(DatagramQueueTest, RejectsWhatWasNotAdvertised) {
  EXPECT_EQ(receive(968), ErrorCode::no_error);
  EXPECT_EQ(receive(969), ErrorCode::protocol_violation);
  EXPECT_EQ(queue.max_frame_size_to_advertise(), 1000u);
  DatagramQueue disabled(DatagramConfig{.receive_buffer = 0});
  EXPECT_FALSE(disabled.on_datagram(Bytes()));
  EXPECT_EQ(disabled.max_frame_size_to_advertise(), 0u);
  EXPECT_EQ(DatagramQueue(DatagramConfig{}).max_frame_size_to_advertise(), 65535u);
}

TEST(DatagramQueue, KnowsTheLargestPayloadOfAFrame) {
  for (std::size_t frame = 0; frame < 20'000; ++frame) {
    std::size_t expected = 0;
    for (std::size_t payload = frame > 8 ? frame - 8 : 0; payload <= frame; ++payload) {
      if (datagram_header_size(payload) + payload <= frame) expected = payload;
    }
    ASSERT_EQ(DatagramQueue::payload_size_max(frame), expected) << frame;
  }
}

}  // namespace
}  // namespace iroh::quic
