// SPDX-License-Identifier: MIT OR Apache-2.0
// The rules of StreamSet one by one: opening, receiving, events, credit, the end of streams. stream_set_pair_test.cpp
// lets two of them talk.
#include "quic/stream/stream_set_fixture.hpp"

namespace iroh::quic {
namespace {

// ---- who may open and use streams

// [RFC 9000 §3.2] Lower ids of the kind are opened, too.
TEST_F(StreamSetTest, OpensLowerStreamsImplicitly) {
  ASSERT_EQ(receive(remote_bi(2), 0, 1), ErrorCode::no_error);
  EXPECT_EQ(streams.poll_event(), (StreamEvent{.kind = Kind::opened, .dir = Dir::bi}));
  EXPECT_EQ(streams.accept(Dir::bi), remote_bi(0));
  EXPECT_EQ(streams.accept(Dir::bi), remote_bi(1));
  EXPECT_EQ(streams.accept(Dir::bi), remote_bi(2));
  EXPECT_EQ(streams.accept(Dir::bi), std::nullopt);
  EXPECT_EQ(streams.accept(Dir::uni), std::nullopt);
  EXPECT_EQ(streams.poll_event(), (StreamEvent{.kind = Kind::readable, .dir = Dir::bi, .id = remote_bi(2)}));
  EXPECT_EQ(streams.poll_event(), std::nullopt);
}

// [RFC 9000 §4.6]
TEST_F(StreamSetTest, RejectsStreamsBeyondTheLimit) {
  EXPECT_EQ(receive(remote_uni(99), 0, 1), ErrorCode::no_error);
  EXPECT_EQ(receive(remote_uni(100), 0, 1), ErrorCode::stream_limit_error);
  EXPECT_EQ(code(streams.on_reset_stream({remote_bi(100), 0, 0})), ErrorCode::stream_limit_error);
  EXPECT_EQ(code(streams.on_stop_sending({remote_bi(100), 0})), ErrorCode::stream_limit_error);
  EXPECT_EQ(code(streams.on_max_stream_data({remote_bi(100), 0})), ErrorCode::stream_limit_error);
  EXPECT_EQ(code(streams.on_stream_data_blocked({remote_bi(100), 0})), ErrorCode::stream_limit_error);
}

// [RFC 9000 §19.4], [RFC 9000 §19.8], [RFC 9000 §19.13] Frames about data that this side sends itself.
TEST_F(StreamSetTest, RejectsDataOnSendOnlyStreams) {
  ASSERT_EQ(streams.open(Dir::uni), local_uni(0));
  EXPECT_EQ(receive(local_uni(0), 0, 1), ErrorCode::stream_state_error);
  EXPECT_EQ(code(streams.on_reset_stream({local_uni(0), 0, 0})), ErrorCode::stream_state_error);
  EXPECT_EQ(code(streams.on_stream_data_blocked({local_uni(0), 0})), ErrorCode::stream_state_error);
}

// [RFC 9000 §19.5], [RFC 9000 §19.10] Frames about data that only the peer sends.
TEST_F(StreamSetTest, RejectsCreditOnReceiveOnlyStreams) {
  EXPECT_EQ(code(streams.on_stop_sending({remote_uni(0), 0})), ErrorCode::stream_state_error);
  EXPECT_EQ(code(streams.on_max_stream_data({remote_uni(0), 0})), ErrorCode::stream_state_error);
}

// [RFC 9000 §19.5], [RFC 9000 §19.8], [RFC 9000 §19.10]
TEST_F(StreamSetTest, RejectsFramesOnStreamsThatThisSideHasNotOpened) {
  EXPECT_EQ(receive(local_bi(0), 0, 1), ErrorCode::stream_state_error);
  EXPECT_EQ(code(streams.on_stop_sending({local_bi(0), 0})), ErrorCode::stream_state_error);
  EXPECT_EQ(code(streams.on_stop_sending({local_uni(0), 0})), ErrorCode::stream_state_error);
  EXPECT_EQ(code(streams.on_max_stream_data({local_uni(0), 0})), ErrorCode::stream_state_error);
  EXPECT_EQ(code(streams.on_reset_stream({local_bi(0), 0, 0})), ErrorCode::stream_state_error);
  ASSERT_EQ(streams.open(Dir::bi), local_bi(0));
  EXPECT_EQ(receive(local_bi(0), 0, 1), ErrorCode::no_error);
}

// [quic.md §3.5] FLOW_CONTROL_ERROR at 2^62.
TEST_F(StreamSetTest, RejectsOffsetsBeyondTheLargestVarint) {
  EXPECT_EQ(receive(remote_bi(0), base::varint_max, 1), ErrorCode::flow_control_error);
}

// [RFC 9000 §4.1]
TEST_F(StreamSetTest, EnforcesFlowControlAndNamesTheFrame) {
  EXPECT_EQ(receive(remote_bi(0), 0, 8000), ErrorCode::no_error);
  EXPECT_EQ(receive(remote_bi(1), 0, 8000), ErrorCode::no_error);
  EXPECT_EQ(receive(remote_bi(2), 0, 8001), ErrorCode::flow_control_error);
  const auto error = streams.on_stream({.id = remote_bi(3), .offset = 0}, pattern_bytes(0, 4001));
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().code, ErrorCode::flow_control_error);
  EXPECT_EQ(error.error().frame_type, 0x08u);
}

// [RFC 9000 §4.5]
TEST_F(StreamSetTest, EnforcesTheFinalSize) {
  ASSERT_EQ(receive(remote_bi(0), 0, 10, true), ErrorCode::no_error);
  EXPECT_EQ(receive(remote_bi(0), 10, 1), ErrorCode::final_size_error);
  EXPECT_EQ(code(streams.on_reset_stream({remote_bi(0), 0, 9})), ErrorCode::final_size_error);
}

// [RFC 9000 §19.11], [RFC 9000 §19.14]
TEST_F(StreamSetTest, RejectsImpossibleStreamCounts) {
  EXPECT_EQ(code(streams.on_max_streams({Dir::bi, stream_count_max + 1})), ErrorCode::frame_encoding_error);
  EXPECT_EQ(code(streams.on_streams_blocked({Dir::bi, stream_count_max + 1})), ErrorCode::frame_encoding_error);
  EXPECT_EQ(code(streams.on_streams_blocked({Dir::bi, 0})), ErrorCode::no_error);
  EXPECT_EQ(code(streams.on_data_blocked({0})), ErrorCode::no_error);
}

// [quic.md §3.5] Frames for a stream that is gone are ignored.
TEST_F(StreamSetTest, IgnoresFramesOfFreedStreams) {
  ASSERT_EQ(receive(remote_uni(0), 0, 10, true), ErrorCode::no_error);
  ASSERT_EQ(streams.accept(Dir::uni), remote_uni(0));
  EXPECT_EQ(streams.read(remote_uni(0), 100)->size(), 10u);
  EXPECT_EQ(streams.read(remote_uni(0), 100).error().kind, ReadError::Kind::finished);
  EXPECT_FALSE(streams.is_known(remote_uni(0)));
  EXPECT_EQ(streams.stream_count(), 0u);
  EXPECT_EQ(receive(remote_uni(0), 5, 100), ErrorCode::no_error);
  EXPECT_EQ(code(streams.on_reset_stream({remote_uni(0), 0, 10})), ErrorCode::no_error);
  EXPECT_EQ(streams.read(remote_uni(0), 100).error().kind, ReadError::Kind::closed);
}

// ---- receiving and credit

TEST_F(StreamSetTest, CoalescesEvents) {
  ASSERT_EQ(receive(remote_uni(0), 0, 10), ErrorCode::no_error);
  streams.accept(Dir::uni);
  for (std::uint64_t i = 1; i < 50; ++i) ASSERT_EQ(receive(remote_uni(0), i * 10, 10), ErrorCode::no_error);
  EXPECT_EQ(streams.poll_event()->kind, Kind::opened);
  EXPECT_EQ(streams.poll_event()->kind, Kind::readable);
  EXPECT_EQ(streams.poll_event(), std::nullopt);
  ASSERT_EQ(receive(remote_uni(0), 500, 10), ErrorCode::no_error);
  EXPECT_EQ(streams.poll_event()->kind, Kind::readable);
}

// [quic.md §7.8], [quic.md 17] Updates after 1/8 of the window; after a loss the value of then.
TEST_F(StreamSetTest, AdvertisesCreditForWhatIsRead) {
  ASSERT_EQ(receive(remote_uni(0), 0, 8000), ErrorCode::no_error);
  EXPECT_EQ(streams.read(remote_uni(0), 1000)->size(), 1000u);
  EXPECT_EQ(send_control().all<MaxStreamDataFrame>(), (std::vector{MaxStreamDataFrame{remote_uni(0), 9000}}));
  const auto lost = sent;
  EXPECT_EQ(streams.read(remote_uni(0), 1500)->size(), 1500u);
  const WrittenFrames packet = send_control();
  EXPECT_EQ(packet.all<MaxStreamDataFrame>(), (std::vector{MaxStreamDataFrame{remote_uni(0), 10'500}}));
  EXPECT_EQ(packet.all<MaxDataFrame>(), (std::vector{MaxDataFrame{22'500}}));
  EXPECT_EQ(streams.read(remote_uni(0), 10)->size(), 10u);
  EXPECT_FALSE(streams.can_send_control());
  for (const SentFrame& frame : lost) streams.on_lost(frame);
  lose_all();
  const WrittenFrames again = send_control();
  EXPECT_EQ(again.all<MaxStreamDataFrame>(), (std::vector{MaxStreamDataFrame{remote_uni(0), 10'510}}));
  EXPECT_EQ(again.all<MaxDataFrame>(), (std::vector{MaxDataFrame{22'510}}));
  EXPECT_FALSE(streams.can_send_control());
}

// [quic.md §7.8] By more than 1/8: with a limit of 100 at the 13th freed stream.
TEST_F(StreamSetTest, RaisesTheStreamLimitAtTheThirteenthFreedStream) {
  for (std::uint64_t i = 0; i < 13; ++i) {
    EXPECT_FALSE(streams.can_send_control());
    ASSERT_EQ(receive(remote_uni(i), 0, 0, true), ErrorCode::no_error);
    EXPECT_EQ(streams.accept(Dir::uni), remote_uni(i));
    EXPECT_EQ(streams.read(remote_uni(i), 1).error().kind, ReadError::Kind::finished);
  }
  EXPECT_EQ(receive(remote_uni(100), 0, 1), ErrorCode::stream_limit_error);
  EXPECT_EQ(send_control().all<MaxStreamsFrame>(), (std::vector{MaxStreamsFrame{Dir::uni, 113}}));
  EXPECT_EQ(receive(remote_uni(112), 0, 1), ErrorCode::no_error);
  EXPECT_EQ(receive(remote_uni(113), 0, 1), ErrorCode::stream_limit_error);
  lose_all();
  EXPECT_EQ(send_control().all<MaxStreamsFrame>(), (std::vector{MaxStreamsFrame{Dir::uni, 113}}));
}

TEST_F(StreamSetTest, RaisesTheStreamLimitWhenTheApplicationWants) {
  streams.set_max_concurrent(Dir::bi, 150);
  EXPECT_EQ(send_control().all<MaxStreamsFrame>(), (std::vector{MaxStreamsFrame{Dir::bi, 150}}));
  streams.set_max_concurrent(Dir::bi, 10);
  EXPECT_FALSE(streams.can_send_control());
  EXPECT_EQ(receive(remote_bi(149), 0, 1), ErrorCode::no_error);
}

TEST_F(StreamSetTest, StopsReadingOnRequest) {
  ASSERT_EQ(receive(remote_uni(0), 0, 5000), ErrorCode::no_error);
  streams.accept(Dir::uni);
  streams.stop(remote_uni(0), 9);
  const WrittenFrames packet = send_control();
  EXPECT_EQ(packet.all<StopSendingFrame>(), (std::vector{StopSendingFrame{remote_uni(0), 9}}));
  EXPECT_EQ(packet.all<MaxDataFrame>(), (std::vector{MaxDataFrame{25'000}}));
  EXPECT_EQ(streams.read(remote_uni(0), 1).error().kind, ReadError::Kind::closed);
  lose_all();
  EXPECT_EQ(send_control().all<StopSendingFrame>().size(), 1u);
  ASSERT_TRUE(streams.on_reset_stream({remote_uni(0), 9, 6000}));
  EXPECT_EQ(streams.connection_flow().consumed(), 6000u);
  EXPECT_FALSE(streams.is_known(remote_uni(0)));
  lose_all();
  EXPECT_FALSE(streams.can_send_control() && !send_control().all<StopSendingFrame>().empty());
}

TEST_F(StreamSetTest, ReportsAResetToTheReader) {
  ASSERT_EQ(receive(remote_uni(0), 0, 5000), ErrorCode::no_error);
  streams.accept(Dir::uni);
  ASSERT_TRUE(streams.on_reset_stream({remote_uni(0), 3, 7000}));
  EXPECT_EQ(streams.connection_flow().consumed(), 7000u);
  EXPECT_EQ(streams.read(remote_uni(0), 100).error(), (ReadError{ReadError::Kind::reset, 3}));
  EXPECT_FALSE(streams.is_known(remote_uni(0)));
}

// A peer that holds one stream open must not make the table grow with every other stream that comes and goes.
TEST_F(StreamSetTest, HoldsNothingForStreamsThatAreGone) {
  ASSERT_EQ(receive(remote_uni(0), 0, 1), ErrorCode::no_error);
  for (std::uint64_t i = 1; i < 1000; ++i) {
    ASSERT_EQ(receive(remote_uni(i), 0, 1, true), ErrorCode::no_error);
    while (streams.accept(Dir::uni)) {
    }
    ASSERT_TRUE(streams.read(remote_uni(i), 1));
    ASSERT_FALSE(streams.read(remote_uni(i), 1));
    send_control();
  }
  EXPECT_EQ(streams.stream_count(), 1u);
}

TEST_F(StreamSetTest, KnowsNoStreamsThatWereNeverOpened) {
  EXPECT_EQ(streams.write(local_bi(0), pattern_bytes(0, 1)).error().kind, WriteError::Kind::closed);
  EXPECT_EQ(streams.finish(local_bi(0)).error().kind, WriteError::Kind::closed);
  EXPECT_EQ(streams.reset(local_bi(0), 1).error().kind, WriteError::Kind::closed);
  EXPECT_EQ(streams.read(remote_bi(0), 1).error().kind, ReadError::Kind::closed);
  streams.stop(remote_bi(0), 1);
  EXPECT_EQ(streams.priority(local_bi(0)), std::nullopt);
  ASSERT_EQ(streams.open(Dir::uni), local_uni(0));
  EXPECT_EQ(streams.read(local_uni(0), 1).error().kind, ReadError::Kind::closed);
}

}  // namespace
}  // namespace iroh::quic
