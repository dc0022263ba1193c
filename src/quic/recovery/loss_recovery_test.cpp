// SPDX-License-Identifier: MIT OR Apache-2.0
// Acknowledgements, losses, life cycle. The window is in window_test.cpp, probes are in probe_timeout_test.cpp.
#include "quic/recovery/loss_recovery.hpp"

#include "quic/recovery/recovery_fixture.hpp"

namespace iroh::quic {
namespace {

using Numbers = std::vector<PacketNumber>;

class LossRecoveryTest : public RecoveryFixture {};

TEST_F(LossRecoveryTest, ReportsAcknowledgedFramesOnceAndFreesTheWindow) {
  send_all(0, 4);
  EXPECT_EQ(recovery.bytes_in_flight(), 5u * size);
  ASSERT_TRUE(ack({{4, 4}, {1, 2}}));
  EXPECT_EQ(numbers(out.acked), (Numbers{4, 1, 2}));
  EXPECT_EQ(out.acked_bytes, 3u * size);
  EXPECT_TRUE(out.acked_ack_eliciting);
  EXPECT_EQ(recovery.bytes_in_flight(), 1u * size) << "0 and 1 lie three below 4: 0 is lost, 3 is not";
  EXPECT_EQ(numbers(out.lost), (Numbers{0}));
  EXPECT_EQ(recovery.largest_acked(data), 4u);
  ASSERT_TRUE(ack({{1, 4}}));
  EXPECT_EQ(numbers(out.acked), (Numbers{3}));
  EXPECT_EQ(recovery.bytes_in_flight(), 0u);
  EXPECT_TRUE(recovery.is_idle());
}

// [quic.md 27] Acknowledging a number never sent, or left out, is a PROTOCOL_VIOLATION; nothing changes.
TEST_F(LossRecoveryTest, RejectsAcksOfNumbersNeverSent) {
  EXPECT_EQ(ack({{0, 0}}).error().code, ErrorCode::protocol_violation);
  send_all(0, 3);
  const auto result = ack({{2, 4}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::protocol_violation);
  EXPECT_TRUE(out.acked.empty());
  EXPECT_EQ(recovery.bytes_in_flight(), 4u * size);
  EXPECT_EQ(ack({{0, 0}}, SpaceId::initial).error().code, ErrorCode::protocol_violation) << "another space";
}

// [RFC 9000 §21.4] Optimistic acknowledgement, also long after.
TEST_F(LossRecoveryTest, RejectsAcksOfSkippedNumbers) {
  send_all(0, 4);
  recovery.on_packet_number_skipped(data, 5);
  send_all(6, 9);
  EXPECT_EQ(ack({{3, 9}}).error().code, ErrorCode::protocol_violation);
  EXPECT_EQ(ack({{9, 9}, {5, 5}}).error().code, ErrorCode::protocol_violation);
  EXPECT_EQ(recovery.bytes_in_flight(), 9u * size);
  ASSERT_TRUE(ack({{6, 9}, {0, 4}}));
  EXPECT_TRUE(recovery.is_idle());
  send_all(10, 20);
  EXPECT_EQ(ack({{0, 20}}).error().code, ErrorCode::protocol_violation);
  ASSERT_TRUE(ack({{6, 20}}));
}

TEST_F(LossRecoveryTest, FirstNumberSkippedIsNoLoss) {
  recovery.on_packet_number_skipped(data, 0);
  send_all(1, 8);
  ASSERT_TRUE(ack({{1, 8}}));
  EXPECT_TRUE(out.lost.empty());
  EXPECT_EQ(ack({{0, 8}}).error().code, ErrorCode::protocol_violation);
}

// [RFC 9002 §6.1.1]
TEST_F(LossRecoveryTest, DeclaresLostWhatIsThreeBelowTheLargest) {
  send_all(0, 5);
  ASSERT_TRUE(ack({{2, 2}}));
  EXPECT_TRUE(out.lost.empty());
  ASSERT_TRUE(ack({{4, 4}}));
  EXPECT_EQ(numbers(out.lost), (Numbers{0, 1}));
  EXPECT_EQ(out.lost_bytes, 2u * size);
  EXPECT_EQ(recovery.stats().lost_packets, 2u);
}

// [RFC 9002 §6.1.2] 9/8 of the larger of smoothed and latest.
TEST_F(LossRecoveryTest, DeclaresLostWhatIsOlderThanTheTimeThreshold) {
  send(0);
  send(1);
  now += 80 * ms;
  ASSERT_TRUE(ack({{1, 1}}));
  EXPECT_TRUE(out.lost.empty());
  ASSERT_EQ(recovery.deadline(context), start + 90 * ms);
  now = start + 89 * ms;
  EXPECT_FALSE(time_out());
  EXPECT_TRUE(out.lost.empty());
  now = start + 90 * ms;
  EXPECT_FALSE(time_out());
  EXPECT_EQ(numbers(out.lost), (Numbers{0}));
  EXPECT_EQ(recovery.bytes_in_flight(), 0u);
  EXPECT_FALSE(recovery.deadline(context));
}

// [performance.md §7] False loss at round trips shorter than our own scheduling.
TEST_F(LossRecoveryTest, TimeThresholdNeverFallsBelowTwoMilliseconds) {
  send(0);
  send(1);
  now += base::microseconds(100);
  ASSERT_TRUE(ack({{1, 1}}));
  EXPECT_EQ(recovery.deadline(context), start + 2 * ms);
}

TEST_F(LossRecoveryTest, ReportsAcknowledgedMtuProbe) {
  send(0, data, {.size = 1326, .ack_eliciting = true, .in_flight = true, .mtu_probe = true});
  ASSERT_TRUE(ack({{0, 0}}));
  EXPECT_EQ(out.mtu_probe_acked, 1326);
  EXPECT_FALSE(out.acked_largest);
}

TEST_F(LossRecoveryTest, ReportsWhatBlackHoleDetectionNeeds) {
  const auto send_sized = [this](PacketNumber pn, std::uint16_t bytes) {
    send(pn, data, {.size = bytes, .ack_eliciting = true, .in_flight = true});
  };
  send_sized(0, 1400);
  send_sized(1, 1452);
  send_sized(2, 1452);
  send_sized(3, 1300);
  send_sized(4, 1100);
  ASSERT_TRUE(ack({{1, 4}}));
  ASSERT_EQ(out.lost_packets.size(), 1u);
  EXPECT_EQ(out.lost_packets[0].size, 1400);
  EXPECT_EQ(out.acked_largest->pn, 2u);
  EXPECT_EQ(out.acked_largest->size, 1452);
  EXPECT_EQ(out.acked_newest->pn, 3u);
}

// [RFC 9002 §5.1], [quic.md §7.2]
TEST_F(LossRecoveryTest, SamplesOnlyWhenTheLargestIsNewAndSomethingElicited) {
  send(0, data, {.size = 40});
  now += 10 * ms;
  ASSERT_TRUE(ack({{0, 0}}));
  EXPECT_FALSE(recovery.rtt().has_sample()) << "nothing asked for this ACK";
  send(1);
  send(2);
  now += 50 * ms;
  ASSERT_TRUE(ack({{2, 2}}));
  EXPECT_EQ(recovery.rtt().latest(), 50 * ms);
  now += 5 * ms;
  ASSERT_TRUE(ack({{1, 2}}));
  EXPECT_EQ(recovery.rtt().latest(), 50 * ms) << "the largest was not new";
}

TEST_F(LossRecoveryTest, AckDelayIsCappedAndIgnoredInTheHandshake) {
  take_first_sample();
  send(1);
  now += 200 * ms;
  ASSERT_TRUE(ack({{1, 1}}, data, base::seconds(3)));  // the peer promised 25 ms
  EXPECT_EQ(recovery.rtt().smoothed(), (7 * 100 * ms + 175 * ms) / 8);
  send(0, SpaceId::handshake);
  const auto before = recovery.rtt().smoothed();
  now += 200 * ms;
  ASSERT_TRUE(ack({{0, 0}}, SpaceId::handshake, 20 * ms));
  EXPECT_EQ(recovery.rtt().smoothed(), (7 * before + 200 * ms) / 8);
}

// [RFC 9002 §6.4], [quic.md 33]
TEST_F(LossRecoveryTest, DiscardedSpaceCountsForNothing) {
  send(0, SpaceId::initial);
  send(0, SpaceId::handshake);
  recovery.discard_space(SpaceId::initial);
  EXPECT_EQ(recovery.bytes_in_flight(), 1u * size);
  EXPECT_FALSE(recovery.has_eliciting_in_flight(SpaceId::initial));
  recovery.discard_space(SpaceId::handshake);
  EXPECT_EQ(recovery.bytes_in_flight(), 0u);
  EXPECT_FALSE(recovery.deadline(context));
}

TEST_F(LossRecoveryTest, HandsEverythingBackWithoutCongestion) {
  const auto before = recovery.congestion_window();
  send_all(0, 3);
  send(4, data, {.size = 1400, .ack_eliciting = true, .in_flight = true, .mtu_probe = true});
  ASSERT_TRUE(ack({{1, 1}}));
  out.clear();
  recovery.all_in_flight_as_lost(data, out);
  EXPECT_EQ(numbers(out.lost), (Numbers{0, 2, 3, 4}));
  EXPECT_EQ(out.mtu_probe_lost, 1400);
  EXPECT_EQ(recovery.bytes_in_flight(), 0u);
  EXPECT_EQ(recovery.congestion_window(), before);
  EXPECT_FALSE(recovery.deadline(context));
  ASSERT_TRUE(ack({{0, 4}})) << "late ACKs are legal and free nothing";
  EXPECT_TRUE(out.acked.empty());
}

// [quic.md 67], [quic.md §4.11] ACKs for the old generation free nothing in the new window, and the other way round.
TEST_F(LossRecoveryTest, GenerationsOfAPathKeepTheirAccountsApart) {
  recovery.on_packet_number_skipped(data, 0);
  send_all(1, 4);
  LossRecovery next(std::make_unique<NewReno>(std::uint16_t{1200}));
  next.continue_from(recovery);
  recovery.seal();
  out.clear();
  ASSERT_TRUE(next.on_ack(now, data, OwnedAck{{1, 2}}.frame, {}, context, out)) << "nothing sent yet in the new one";
  EXPECT_TRUE(out.acked.empty());
  const auto frame = frame_of(5);
  next.on_packet_sent(now, data, 5, {.size = size, .ack_eliciting = true, .in_flight = true}, {&frame, 1});
  const OwnedAck both{{1, 5}};
  ASSERT_TRUE(ack(both));
  EXPECT_EQ(numbers(out.acked), (Numbers{1, 2, 3, 4}));
  out.clear();
  ASSERT_TRUE(next.on_ack(now, data, both.frame, {}, context, out));
  EXPECT_EQ(numbers(out.acked), (Numbers{5}));
  EXPECT_EQ(next.bytes_in_flight(), 0u);
  EXPECT_FALSE(next.on_ack(now, data, OwnedAck{{0, 5}}.frame, {}, context, out)) << "skips are remembered";
  EXPECT_FALSE(next.on_ack(now, data, OwnedAck{{6, 6}}.frame, {}, context, out));
  ASSERT_TRUE(ack({{5, 5}})) << "a number of the new generation alone";
  EXPECT_TRUE(out.acked.empty());
}

// [quic.md §7.3], [quic.md 90] Non-eliciting packets are remembered up to 1000 past the last eliciting one.
TEST_F(LossRecoveryTest, ForgetsOldPacketsThatElicitNothing) {
  for (PacketNumber pn = 0; pn < 5000; ++pn) {
    if (pn == 2000) {
      recovery.on_packet_number_skipped(data, pn);
    } else {
      send(pn, data, {.size = 40, .in_flight = pn % 7 == 0});
    }
  }
  ASSERT_TRUE(ack({{2001, 4999}}));
  EXPECT_EQ(out.acked_packets, 1000u);
  EXPECT_TRUE(out.lost.empty());
  EXPECT_EQ(recovery.bytes_in_flight(), 0u);
  EXPECT_TRUE(recovery.is_idle());
}

// [quic.md 90] A peer that never acknowledges anything.
TEST_F(LossRecoveryTest, OldestPacketFallsOutOfAFullRing) {
  send(0);
  for (PacketNumber pn = 1; pn <= SentPackets::span_max; ++pn) send(pn, data, {.size = 40});
  EXPECT_EQ(recovery.bytes_in_flight(), 0u);
  send(SentPackets::span_max + 1);
  out.clear();
  recovery.on_timeout(now, context, out);
  EXPECT_EQ(numbers(out.lost), (Numbers{0})) << "its frames are handed back with the next report";
}

TEST_F(LossRecoveryTest, OutputKeepsItsMemory) {
  send_all(0, 50);
  ASSERT_TRUE(ack({{0, 50}}));
  const auto capacity = out.acked.capacity();
  out.clear();
  EXPECT_TRUE(out.acked.empty());
  EXPECT_EQ(out.acked.capacity(), capacity);
  EXPECT_EQ(out.acked_packets, 0u);
}

}  // namespace
}  // namespace iroh::quic
