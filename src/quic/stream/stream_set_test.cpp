// SPDX-License-Identifier: MIT OR Apache-2.0
// The rules of StreamSet one by one, from the seat of a server. stream_set_pair_test.cpp lets two of them talk.
#include "quic/stream/stream_set.hpp"

#include <gtest/gtest.h>

#include "quic/stream/test_packet.hpp"

namespace iroh::quic {
namespace {

using test::pattern_bytes;
using test::TestPacket;
using test::WrittenFrames;
using Kind = StreamEvent::Kind;

constexpr StreamId remote_bi(std::uint64_t index) {
  return StreamId(Side::client, Dir::bi, index);
}
constexpr StreamId remote_uni(std::uint64_t index) {
  return StreamId(Side::client, Dir::uni, index);
}
constexpr StreamId local_bi(std::uint64_t index) {
  return StreamId(Side::server, Dir::bi, index);
}
constexpr StreamId local_uni(std::uint64_t index) {
  return StreamId(Side::server, Dir::uni, index);
}

struct StreamSetTest : ::testing::Test {
  StreamSetTest() {
    streams.set_peer_limits({.initial_max_data = 1'000'000,
                             .initial_max_stream_data_bidi_local = 10'000,
                             .initial_max_stream_data_bidi_remote = 20'000,
                             .initial_max_stream_data_uni = 30'000,
                             .initial_max_streams_bidi = 3,
                             .initial_max_streams_uni = 2});
  }
  ErrorCode receive(StreamId id, std::uint64_t offset, std::size_t size, bool fin = false) {
    const auto result = streams.on_stream({.id = id, .offset = offset, .fin = fin}, pattern_bytes(offset, size));
    return result ? ErrorCode::no_error : result.error().code;
  }
  static ErrorCode code(const TransportResult<void>& result) {
    return result ? ErrorCode::no_error : result.error().code;
  }
  WrittenFrames send_control() {
    TestPacket packet;
    streams.write_control(packet.writer);
    sent = packet.sent();
    return WrittenFrames(packet);
  }
  WrittenFrames send_data(std::size_t size = 1200) {
    TestPacket packet(size);
    streams.write_data(packet.writer);
    sent = packet.sent();
    return WrittenFrames(packet);
  }
  void ack_all() {
    for (const SentFrame& frame : sent) streams.on_acked(frame);
  }
  void lose_all() {
    for (const SentFrame& frame : sent) streams.on_lost(frame);
  }
  std::size_t write(StreamId id, std::size_t size) { return streams.write(id, pattern_bytes(0, size)).value_or(0); }

  StreamConfig config{
      .max_bi = 100, .max_uni = 100, .stream_window = 8000, .connection_window = 20'000, .send_window = 50'000};
  StreamSet streams{Side::server, config};
  std::vector<SentFrame> sent;
};

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

// ---- limits that the peer sets

// [RFC 9000 §19.14] STREAMS_BLOCKED only when limited, and once per limit.
TEST_F(StreamSetTest, SaysOnceThatItIsBlockedByTheStreamLimit) {
  EXPECT_EQ(streams.open(Dir::uni), local_uni(0));
  EXPECT_EQ(streams.open(Dir::uni), local_uni(1));
  EXPECT_FALSE(streams.can_send_control());
  EXPECT_EQ(streams.open(Dir::uni), std::nullopt);
  EXPECT_EQ(streams.open(Dir::uni), std::nullopt);
  EXPECT_TRUE(streams.can_send_control());
  EXPECT_EQ(send_control().all<StreamsBlockedFrame>(), (std::vector{StreamsBlockedFrame{Dir::uni, 2}}));
  EXPECT_FALSE(streams.can_send_control());
  lose_all();  // [quic.md §3.4] repeated while it is still true
  EXPECT_EQ(send_control().all<StreamsBlockedFrame>().size(), 1u);
  ASSERT_TRUE(streams.on_max_streams({Dir::uni, 3}));
  lose_all();
  EXPECT_FALSE(streams.can_send_control());
  EXPECT_EQ(streams.poll_event(), (StreamEvent{.kind = Kind::available, .dir = Dir::uni}));
  EXPECT_EQ(streams.open(Dir::uni), local_uni(2));
  EXPECT_EQ(streams.open(Dir::uni), std::nullopt);
}

TEST_F(StreamSetTest, IgnoresLimitsThatAreNotLarger) {
  ASSERT_TRUE(streams.on_max_streams({Dir::uni, 1}));
  ASSERT_TRUE(streams.on_max_data({10}));
  const StreamId id = *streams.open(Dir::uni);
  ASSERT_TRUE(streams.on_max_stream_data({id, 10}));
  EXPECT_EQ(write(id, 30'000), 30'000u);
}

// [RFC 9000 §18.2] Each kind of stream has its own initial limit.
TEST_F(StreamSetTest, WritesUpToTheCreditOfEachKindOfStream) {
  ASSERT_EQ(receive(remote_bi(0), 0, 1), ErrorCode::no_error);
  EXPECT_EQ(write(remote_bi(0), 60'000), 10'000u);
  EXPECT_EQ(write(*streams.open(Dir::bi), 60'000), 20'000u);
  const StreamId uni = *streams.open(Dir::uni);
  EXPECT_EQ(write(uni, 60'000), 20'000u) << "the send window is full";
  EXPECT_EQ(streams.write(uni, pattern_bytes(0, 1)).error(), (WriteError{WriteError::Kind::blocked}));
  EXPECT_EQ(streams.unacked(), 50'000u);
}

TEST_F(StreamSetTest, WakesAWriterThatTheStreamLimitBlocked) {
  const StreamId id = *streams.open(Dir::bi);
  EXPECT_EQ(write(id, 25'000), 20'000u);
  ASSERT_TRUE(streams.on_max_stream_data({id, 20'001}));
  EXPECT_EQ(streams.poll_event(), (StreamEvent{.kind = Kind::writable, .dir = Dir::bi, .id = id}));
  EXPECT_EQ(write(id, 25'000), 1u);
}

TEST_F(StreamSetTest, WakesAWriterThatTheConnectionLimitBlocked) {
  StreamSet limited(Side::server, config);
  limited.set_peer_limits({.initial_max_data = 100, .initial_max_stream_data_uni = 1000, .initial_max_streams_uni = 2});
  const StreamId first = *limited.open(Dir::uni);
  const StreamId second = *limited.open(Dir::uni);
  EXPECT_EQ(limited.write(first, pattern_bytes(0, 500)), 100u);
  EXPECT_EQ(limited.write(second, pattern_bytes(0, 500)).error().kind, WriteError::Kind::blocked);
  ASSERT_TRUE(limited.on_max_data({150}));
  EXPECT_EQ(limited.poll_event()->id, first);
  EXPECT_EQ(limited.poll_event()->id, second);
  // What a reset stream has written and not sent is available to others again.
  ASSERT_TRUE(limited.reset(first, 0));
  EXPECT_EQ(limited.write(second, pattern_bytes(0, 500)), 150u);
}

TEST_F(StreamSetTest, WakesAWriterThatTheSendWindowBlocked) {
  const StreamId first = *streams.open(Dir::uni);
  const StreamId second = *streams.open(Dir::uni);
  EXPECT_EQ(write(first, 30'000), 30'000u);
  EXPECT_EQ(write(second, 30'000), 20'000u);
  EXPECT_EQ(streams.poll_event(), std::nullopt);
  while (streams.can_send_data()) {
    send_data();
    ack_all();
  }
  EXPECT_EQ(streams.unacked(), 0u);
  EXPECT_EQ(streams.poll_event(), (StreamEvent{.kind = Kind::writable, .dir = Dir::uni, .id = second}));
  EXPECT_EQ(streams.poll_event(), std::nullopt);
  EXPECT_EQ(write(second, 30'000), 10'000u);
}

// A stream that is blocked twice over must be woken by whichever limit goes last.
TEST_F(StreamSetTest, WakesAWriterThatBothLimitsBlocked) {
  StreamSet limited(Side::server, config);
  limited.set_peer_limits({.initial_max_data = 100, .initial_max_stream_data_uni = 50, .initial_max_streams_uni = 2});
  const StreamId first = *limited.open(Dir::uni);
  const StreamId second = *limited.open(Dir::uni);
  EXPECT_EQ(limited.write(first, pattern_bytes(0, 60)), 50u);
  EXPECT_EQ(limited.write(second, pattern_bytes(0, 50)), 50u);
  ASSERT_TRUE(limited.on_max_stream_data({first, 1000}));
  EXPECT_EQ(limited.poll_event(), std::nullopt);
  ASSERT_TRUE(limited.on_max_data({1000}));
  EXPECT_EQ(limited.poll_event()->id, first);
}

TEST_F(StreamSetTest, TakesRaisedLimitsForOpenStreams) {
  StreamSet early(Side::client, config);
  early.set_peer_limits(
      {.initial_max_data = 100, .initial_max_stream_data_bidi_remote = 10, .initial_max_streams_bidi = 1});
  const StreamId id = *early.open(Dir::bi);
  EXPECT_EQ(early.write(id, pattern_bytes(0, 50)), 10u);
  EXPECT_EQ(early.open(Dir::bi), std::nullopt);
  early.set_peer_limits(
      {.initial_max_data = 100, .initial_max_stream_data_bidi_remote = 30, .initial_max_streams_bidi = 2});
  EXPECT_EQ(early.poll_event()->kind, Kind::available);
  EXPECT_EQ(early.poll_event()->kind, Kind::writable);
  EXPECT_EQ(early.write(id, pattern_bytes(0, 50)), 20u);
}

// ---- sending

TEST_F(StreamSetTest, GivesEachStreamWholePacketsInTurn) {
  const StreamId a = *streams.open(Dir::uni);
  const StreamId b = *streams.open(Dir::uni);
  write(a, 5000);
  write(b, 5000);
  std::vector<StreamId> order;
  for (int i = 0; i < 4; ++i) {
    const auto frames = send_data().all<StreamFrame>();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].data.size(), i < 2 ? 1198u : 1196u);
    order.push_back(frames[0].id);
  }
  EXPECT_EQ(order, (std::vector{a, b, a, b}));
}

TEST_F(StreamSetTest, FillsAPacketFromSeveralStreams) {
  const StreamId a = *streams.open(Dir::uni);
  const StreamId b = *streams.open(Dir::bi);
  write(a, 100);
  write(b, 5000);
  const auto frames = send_data().all<StreamFrame>();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].id, a);
  EXPECT_EQ(frames[1].id, b);
  EXPECT_EQ(sent.size(), 2u);
}

TEST_F(StreamSetTest, SendsHigherPrioritiesFirst) {
  const StreamId a = *streams.open(Dir::uni);
  const StreamId b = *streams.open(Dir::uni);
  write(a, 5000);
  write(b, 2000);
  streams.set_priority(b, 1);
  EXPECT_EQ(streams.priority(b), 1);
  EXPECT_EQ(send_data().all<StreamFrame>()[0].id, b);
  EXPECT_EQ(send_data().all<StreamFrame>()[0].id, b);
  EXPECT_EQ(send_data().all<StreamFrame>()[0].id, a);
}

// [quic.md §1.2] Send fairness off: what was begun is finished first.
TEST_F(StreamSetTest, WithoutFairnessTheFirstStreamGoesOn) {
  config.send_fairness = false;
  StreamSet unfair(Side::server, config);
  unfair.set_peer_limits(
      {.initial_max_data = 100'000, .initial_max_stream_data_uni = 10'000, .initial_max_streams_uni = 2});
  const StreamId first = *unfair.open(Dir::uni);
  const StreamId second = *unfair.open(Dir::uni);
  ASSERT_EQ(unfair.write(first, pattern_bytes(0, 3000)), 3000u);
  ASSERT_EQ(unfair.write(second, pattern_bytes(0, 3000)), 3000u);
  std::vector<StreamId> order;
  while (unfair.can_send_data()) {
    TestPacket packet;
    unfair.write_data(packet.writer);
    order.push_back(WrittenFrames(packet).all<StreamFrame>()[0].id);
  }
  EXPECT_EQ(order, (std::vector{first, first, first, second, second, second}));
}

TEST_F(StreamSetTest, SendsLargeSlicesWithoutCopyingThem) {
  const StreamId id = *streams.open(Dir::uni);
  Bytes data = pattern_bytes(0, 40'000);
  const std::byte* const begin = data.data();
  EXPECT_EQ(streams.write_bytes(id, data), 30'000u);
  EXPECT_EQ(data.size(), 10'000u);
  TestPacket packet;
  streams.write_data(packet.writer);
  EXPECT_EQ(packet.writer.runs().back().data, begin);
}

TEST_F(StreamSetTest, FinishesWhenEverythingIsAcknowledged) {
  const StreamId id = *streams.open(Dir::uni);
  write(id, 2000);
  ASSERT_TRUE(streams.finish(id));
  EXPECT_EQ(streams.finish(id).error().kind, WriteError::Kind::closed);
  EXPECT_EQ(streams.write(id, pattern_bytes(0, 1)).error().kind, WriteError::Kind::closed);
  send_data();
  const auto first = sent;
  send_data();
  ack_all();
  EXPECT_EQ(streams.poll_event(), std::nullopt);
  for (const SentFrame& frame : first) streams.on_acked(frame);
  EXPECT_TRUE(streams.is_fully_acked(id));
  EXPECT_EQ(streams.poll_event(), (StreamEvent{.kind = Kind::finished, .dir = Dir::uni, .id = id}));
  EXPECT_FALSE(streams.is_known(id)) << "freed once the event is polled";
  EXPECT_EQ(streams.write(id, pattern_bytes(0, 1)).error().kind, WriteError::Kind::closed);
  for (const SentFrame& frame : first) streams.on_lost(frame);
  EXPECT_FALSE(streams.can_send_data());
}

// [RFC 9000 §3.5] STOP_SENDING is answered by RESET_STREAM with its code.
TEST_F(StreamSetTest, AnswersStopSendingWithAReset) {
  const StreamId id = *streams.open(Dir::uni);
  write(id, 3000);
  send_data();
  const std::uint64_t sent_size = sent.at(0).length;
  ASSERT_TRUE(streams.on_stop_sending({id, 77}));
  ASSERT_TRUE(streams.on_stop_sending({id, 78}));
  EXPECT_EQ(streams.unacked(), 0u);
  EXPECT_EQ(streams.connection_credit().used(), sent_size);
  EXPECT_FALSE(streams.can_send_data());
  EXPECT_EQ(send_control().all<ResetStreamFrame>(), (std::vector{ResetStreamFrame{id, 77, sent_size}}));
  lose_all();
  EXPECT_EQ(send_control().all<ResetStreamFrame>().size(), 1u);
  EXPECT_EQ(streams.stopped_code(id), 77u);
  EXPECT_EQ(streams.write(id, pattern_bytes(0, 1)).error(), (WriteError{WriteError::Kind::stopped, 77}));
  EXPECT_EQ(streams.finish(id).error(), (WriteError{WriteError::Kind::stopped, 77}));
  EXPECT_EQ(streams.reset(id, 1).error(), (WriteError{WriteError::Kind::stopped, 77}));
  ack_all();
  EXPECT_TRUE(streams.is_known(id)) << "the application has not heard of it";
  EXPECT_EQ(streams.poll_event(), (StreamEvent{.kind = Kind::stopped, .dir = Dir::uni, .id = id, .code = 77}));
  EXPECT_FALSE(streams.is_known(id));
}

TEST_F(StreamSetTest, HoldsEventsBackUntilAStreamIsAccepted) {
  ASSERT_TRUE(streams.on_stop_sending({remote_bi(0), 5}));
  EXPECT_EQ(streams.poll_event(), (StreamEvent{.kind = Kind::opened, .dir = Dir::bi}));
  EXPECT_EQ(streams.poll_event(), std::nullopt);
  EXPECT_EQ(streams.accept(Dir::bi), remote_bi(0));
  EXPECT_EQ(streams.poll_event(), (StreamEvent{.kind = Kind::stopped, .dir = Dir::bi, .id = remote_bi(0), .code = 5}));
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
