// SPDX-License-Identifier: MIT OR Apache-2.0
// The rules of StreamSet one by one: limits that the peer sets, and what goes out when.
#include "quic/stream/stream_set_fixture.hpp"

namespace iroh::quic {
namespace {

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

}  // namespace
}  // namespace iroh::quic
