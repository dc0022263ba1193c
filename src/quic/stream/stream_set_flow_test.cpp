// SPDX-License-Identifier: MIT OR Apache-2.0
// Saying that limits block, and answering it. [RFC 9000 §4.1], [performance.md §3]
#include <gtest/gtest.h>

#include "quic/stream/stream_set.hpp"
#include "quic/stream/test_packet.hpp"
#include "quic/test_values.hpp"

namespace iroh::quic {
namespace {

using test::pattern_bytes;
using test::TestPacket;
using test::WrittenFrames;

constexpr StreamId from_client(Side::client, Dir::uni, 0);

struct StreamFlowTest : ::testing::Test {
  StreamFlowTest() {
    streams.set_peer_limits(
        {.initial_max_data = 6000, .initial_max_stream_data_uni = 4000, .initial_max_streams_uni = 3});
  }
  WrittenFrames send_control() {
    TestPacket packet;
    streams.write_control(packet.writer);
    sent = packet.sent();
    return WrittenFrames(packet);
  }
  void send_all_data() {
    while (streams.can_send_data()) {
      TestPacket packet;
      streams.write_data(packet.writer);
    }
  }
  void lose_all() {
    for (const SentFrame& frame : sent) streams.on_lost(frame);
  }
  /// The peer sends up to this offset, and the application reads it.
  void receive_and_read(std::uint64_t end) {
    const auto data = pattern_bytes(received, end - received);
    ASSERT_TRUE(streams.on_stream({.id = from_client, .offset = received}, data));
    for (received = end; read < end;) read += streams.read(from_client, 100'000)->size();
  }

  FlowBudget* budget = nullptr;
  StreamSet streams{Side::server, [this] {
                      StreamConfig config{.stream_window = 8000};
                      config.budget = std::make_shared<FlowBudget>();
                      budget = config.budget.get();
                      return config;
                    }()};
  std::vector<SentFrame> sent;
  std::uint64_t received = 0;
  std::uint64_t read = 0;
};

TEST_F(StreamFlowTest, SaysOncePerLimitThatAStreamIsBlocked) {
  const StreamId id = *streams.open(Dir::uni);
  EXPECT_EQ(streams.write(id, pattern_bytes(0, 5000)), 4000u);
  EXPECT_FALSE(streams.can_send_control()) << "what the limit allows is not sent yet";
  send_all_data();
  ASSERT_TRUE(streams.can_send_control());
  EXPECT_EQ(send_control().all<StreamDataBlockedFrame>(), (std::vector{StreamDataBlockedFrame{id, 4000}}));
  EXPECT_EQ(streams.write(id, pattern_bytes(0, 1)).error().kind, WriteError::Kind::blocked);
  EXPECT_FALSE(streams.can_send_control());
  lose_all();
  EXPECT_EQ(send_control().all<StreamDataBlockedFrame>().size(), 1u) << "[RFC 9000 §13.3] still blocked";
  ASSERT_TRUE(streams.on_max_stream_data({id, 4500}));
  lose_all();
  EXPECT_TRUE(send_control().frames.empty()) << "no longer true";
}

TEST_F(StreamFlowTest, SaysOncePerLimitThatTheConnectionIsBlocked) {
  const StreamId first = *streams.open(Dir::uni);
  const StreamId second = *streams.open(Dir::uni);
  EXPECT_EQ(streams.write(first, pattern_bytes(0, 4000)), 4000u);
  EXPECT_EQ(streams.write(second, pattern_bytes(0, 4000)), 2000u);
  EXPECT_FALSE(streams.can_send_control());
  send_all_data();
  const WrittenFrames packet = send_control();
  EXPECT_EQ(packet.all<DataBlockedFrame>(), (std::vector{DataBlockedFrame{6000}}));
  EXPECT_TRUE(packet.all<StreamDataBlockedFrame>().empty()) << "the stream has credit left";
  EXPECT_FALSE(streams.can_send_control());
  lose_all();
  EXPECT_EQ(send_control().all<DataBlockedFrame>().size(), 1u);
  ASSERT_TRUE(streams.on_max_data({7000}));
  lose_all();
  EXPECT_TRUE(send_control().frames.empty());
}

TEST_F(StreamFlowTest, AFinishedStreamIsNotBlocked) {
  const StreamId id = *streams.open(Dir::uni);
  EXPECT_EQ(streams.write(id, pattern_bytes(0, 5000)), 4000u);
  ASSERT_TRUE(streams.finish(id));
  send_all_data();
  EXPECT_TRUE(send_control().frames.empty());
}

// [performance.md §3] On BLOCKED with nothing left to read: twice as much, at once.
TEST_F(StreamFlowTest, DoublesTheWindowOfAPeerThatIsBlocked) {
  streams.on_turn(start, 100 * ms);
  receive_and_read(8000);
  EXPECT_EQ(send_control().all<MaxStreamDataFrame>(), (std::vector{MaxStreamDataFrame{from_client, 16'000}}));
  ASSERT_TRUE(streams.on_stream_data_blocked({from_client, 8000}));
  EXPECT_FALSE(streams.can_send_control()) << "an old limit";
  ASSERT_TRUE(streams.on_stream_data_blocked({from_client, 16'000}));
  EXPECT_EQ(send_control().all<MaxStreamDataFrame>(), (std::vector{MaxStreamDataFrame{from_client, 24'000}}));
  EXPECT_EQ(budget->used(), 8000u);
}

// Without this a peer could have any window by complaining, and data that nobody reads would fill memory.
TEST_F(StreamFlowTest, DoesNotBelieveComplaintsWhileDataWaitsOrNoneWasSent) {
  streams.on_turn(start, 100 * ms);
  ASSERT_TRUE(streams.on_stream({.id = from_client}, pattern_bytes(0, 3000)));
  ASSERT_TRUE(streams.on_stream_data_blocked({from_client, 8000}));
  EXPECT_FALSE(streams.can_send_control()) << "the application has not read";
  ASSERT_EQ(streams.read(from_client, 3000)->size(), 3000u);
  send_control();
  ASSERT_TRUE(streams.on_stream_data_blocked({from_client, 11'000}));
  EXPECT_FALSE(streams.can_send_control()) << "the peer has not used half of it";
  EXPECT_EQ(budget->used(), 0u);
}

TEST_F(StreamFlowTest, WindowsFollowTheRateOfReading) {
  Instant now = start;
  for (int i = 0; i < 40; ++i, now += 25 * ms) {
    streams.on_turn(now, 100 * ms);
    receive_and_read(received + 8000);  // 32 kB in a round trip
    send_control();
  }
  EXPECT_NEAR(static_cast<double>(budget->used()) + 8000, 32'000 * 8 / 3.0, 2000);
}

}  // namespace
}  // namespace iroh::quic
