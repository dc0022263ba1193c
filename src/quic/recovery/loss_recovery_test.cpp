// SPDX-License-Identifier: MIT OR Apache-2.0
// Acknowledgements, losses, window. Probes are in probe_timeout_test.cpp.
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

TEST_F(LossRecoveryTest, LossesReduceTheWindowOncePerRoundTrip) {
  take_first_sample();
  const auto before = recovery.congestion_window();
  send_all(1, 20);
  now += 100 * ms;
  ASSERT_TRUE(ack({{5, 5}}));
  EXPECT_TRUE(out.congestion_event);
  const auto reduced = recovery.congestion_window();
  EXPECT_LT(reduced, before);
  ASSERT_TRUE(ack({{12, 12}, {5, 5}}));
  EXPECT_FALSE(out.lost.empty());
  EXPECT_FALSE(out.congestion_event);
  EXPECT_EQ(recovery.congestion_window(), reduced);
  EXPECT_EQ(recovery.stats().congestion_events, 1u);
}

// [quic.md 85] A lost MTU probe is no sign of congestion.
TEST_F(LossRecoveryTest, LostMtuProbeLeavesTheWindowAlone) {
  take_first_sample();
  const auto before = recovery.congestion_window();
  send(1, data, {.size = 1400, .ack_eliciting = true, .in_flight = true, .mtu_probe = true});
  send_all(2, 6);
  now += 100 * ms;
  ASSERT_TRUE(ack({{2, 6}}));
  EXPECT_EQ(out.mtu_probe_lost, 1400);
  EXPECT_FALSE(out.congestion_event);
  EXPECT_GE(recovery.congestion_window(), before);
  EXPECT_TRUE(out.lost_packets.empty());
  EXPECT_EQ(recovery.bytes_in_flight(), 0u);
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

// [quic.md §7.4] ACK-only packets, off-path datagrams and NAT probes weigh nothing.
TEST_F(LossRecoveryTest, PacketsOutOfFlightWeighNothingAndAreNoCongestion) {
  take_first_sample();
  const auto before = recovery.congestion_window();
  for (PacketNumber pn = 1; pn <= 5; ++pn) send(pn, data, {.size = 40});
  send(6, data, {.size = 1200, .ack_eliciting = true, .in_flight = false});
  EXPECT_EQ(recovery.bytes_in_flight(), 0u);
  EXPECT_FALSE(recovery.has_eliciting_in_flight(data));
  EXPECT_FALSE(recovery.deadline(context));
  send_all(7, 12);
  now += 100 * ms;
  ASSERT_TRUE(ack({{12, 12}}));
  EXPECT_TRUE(out.congestion_event);
  EXPECT_EQ(recovery.bytes_in_flight(), 2u * size) << "10 and 11 are left";
  EXPECT_LT(recovery.congestion_window(), before);
}

TEST_F(LossRecoveryTest, LossOfWeightlessPacketsAloneIsNoCongestion) {
  take_first_sample();
  for (PacketNumber pn = 1; pn <= 5; ++pn) send(pn, data, {.size = 40});
  send(6);
  ASSERT_TRUE(ack({{6, 6}}));
  EXPECT_EQ(numbers(out.lost), (Numbers{1, 2, 3}));
  EXPECT_FALSE(out.congestion_event);
}

// [quic.md §7.4] in_flight + segment <= cwnd. Scenario 89: exactly 10 datagrams of 1200 in 12 000.
TEST_F(LossRecoveryTest, WindowOfTwelveThousandTakesTenDatagrams) {
  LossRecovery fresh(std::make_unique<NewReno>(std::uint16_t{1200}));
  PacketNumber sent = 0;
  while (fresh.can_send(1200)) {
    fresh.on_packet_sent(now, data, sent++, {.size = 1200, .ack_eliciting = true, .in_flight = true}, {});
  }
  EXPECT_EQ(sent, 10u);
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

// [RFC 9002 §7.8] A window that is not used does not grow.
TEST_F(LossRecoveryTest, AppLimitedAcksDoNotOpenTheWindow) {
  const auto before = recovery.congestion_window();
  send(0);
  ASSERT_TRUE(ack({{0, 0}}));
  EXPECT_EQ(recovery.congestion_window(), before) << "less than half was in flight";
  send_all(1, 60);
  recovery.set_app_limited(true);
  ASSERT_TRUE(ack({{1, 10}}));
  EXPECT_EQ(recovery.congestion_window(), before);
  recovery.set_app_limited(false);
  ASSERT_TRUE(ack({{1, 20}}));
  EXPECT_EQ(recovery.congestion_window(), before + 10u * size);
}

// Several ACKs handled in one batch must count like one.
TEST_F(LossRecoveryTest, ManyAcksWithoutASendBetweenOpenTheWindowLikeOne) {
  send_all(0, 99);
  for (PacketNumber last = 1; last < 100; last += 2) ASSERT_TRUE(ack({{0, last}}));
  EXPECT_EQ(recovery.congestion_window(), 200'000u);
}

// [quic.md §7.3], [RFC 9002 §7.6]
TEST_F(LossRecoveryTest, PersistentCongestionCollapsesTheWindow) {
  take_first_sample();
  const auto duration = 3 * recovery.rtt().pto_base(25 * ms);
  now += ms;
  send(1);
  now += duration + ms;
  send(2);
  send_all(3, 8);
  now += 100 * ms;
  ASSERT_TRUE(ack({{8, 8}, {0, 0}}));
  EXPECT_TRUE(out.persistent_congestion);
  EXPECT_EQ(recovery.congestion_window(), 2400u);
}

TEST_F(LossRecoveryTest, PersistentCongestionNeedsTheDurationAndNoAckBetween) {
  take_first_sample();
  const auto duration = 3 * recovery.rtt().pto_base(25 * ms);
  now += ms;
  send(1);
  send(2);
  now += duration / 2;
  send(3);
  now += duration / 2 + ms;
  send(4);
  send_all(5, 8);
  now += 100 * ms;
  ASSERT_TRUE(ack({{8, 8}, {3, 3}, {0, 0}}));
  EXPECT_TRUE(out.congestion_event);
  EXPECT_FALSE(out.persistent_congestion) << "3 was acknowledged between";
  EXPECT_GT(recovery.congestion_window(), 2400u);
}

TEST_F(LossRecoveryTest, PersistentCongestionNeedsAnEarlierSample) {
  send(0);
  now += base::seconds(20);
  send(1);
  send_all(2, 8);
  now += 100 * ms;
  ASSERT_TRUE(ack({{8, 8}}));
  EXPECT_TRUE(out.congestion_event);
  EXPECT_FALSE(out.persistent_congestion);
}

// [quic.md §7.3] Everything lost is acknowledged after all.
TEST_F(LossRecoveryTest, UndoesACongestionEventWhoseLossesAllArrive) {
  take_first_sample();
  const auto before = recovery.congestion_window();
  send_all(1, 8);
  now += 100 * ms;
  ASSERT_TRUE(ack({{5, 8}}));
  EXPECT_EQ(numbers(out.lost), (Numbers{1, 2, 3, 4}));
  EXPECT_LT(recovery.congestion_window(), before);
  now += 5 * ms;
  ASSERT_TRUE(ack({{5, 8}, {2, 3}}));
  EXPECT_LT(recovery.congestion_window(), before);
  ASSERT_TRUE(ack({{1, 8}}));
  EXPECT_EQ(recovery.congestion_window(), before);
  EXPECT_EQ(recovery.stats().spurious_events, 1u);
  EXPECT_EQ(recovery.bytes_in_flight(), 0u);
}

TEST_F(LossRecoveryTest, DoesNotUndoWhatArrivesLaterThanTwoProbeTimeouts) {
  take_first_sample();
  const auto before = recovery.congestion_window();
  send_all(1, 8);
  now += 100 * ms;
  ASSERT_TRUE(ack({{5, 8}}));
  now += 2 * recovery.rtt().pto_base(25 * ms) + ms;
  ASSERT_TRUE(ack({{1, 8}}));
  EXPECT_LT(recovery.congestion_window(), before);
  EXPECT_EQ(recovery.stats().spurious_events, 0u);
}

// [quic.md 90] What is remembered about lost packets is bounded.
TEST_F(LossRecoveryTest, DoesNotUndoEventsTooLargeToRemember) {
  take_first_sample();
  const auto last = PacketNumber{LostPacketMemory::packets_max + 10};
  send_all(1, last);
  now += 100 * ms;
  ASSERT_TRUE(ack({{last, last}}));
  EXPECT_GT(out.lost_count, LostPacketMemory::packets_max);
  ASSERT_TRUE(ack({{1, last}}));
  EXPECT_EQ(recovery.stats().spurious_events, 0u);
}

// [quic.md §7.7], [quic.md 86]
TEST_F(LossRecoveryTest, CongestionMarkReducesTheWindowWithoutUndo) {
  const SentPacketInfo marked{.size = size, .ack_eliciting = true, .in_flight = true, .ecn = Ecn::ect0};
  for (PacketNumber pn = 0; pn < 4; ++pn) send(pn, data, marked);
  now += 100 * ms;
  ASSERT_TRUE(ack(OwnedAck({{0, 3}}, EcnCounts{.ect0 = 3, .ce = 1})));
  EXPECT_TRUE(out.congestion_event);
  EXPECT_FALSE(out.ecn_failed);
  EXPECT_EQ(recovery.congestion_window(), 50'000u);
  EXPECT_EQ(recovery.ecn_mark(), Ecn::ect0);
}

TEST_F(LossRecoveryTest, EcnFailureEndsMarkingAndNothingElse) {
  const SentPacketInfo marked{.size = size, .ack_eliciting = true, .in_flight = true, .ecn = Ecn::ect0};
  for (PacketNumber pn = 0; pn < 4; ++pn) send(pn, data, marked);
  ASSERT_TRUE(ack({{0, 3}}));
  EXPECT_TRUE(out.ecn_failed);
  EXPECT_EQ(recovery.ecn_mark(), Ecn::not_ect);
  EXPECT_EQ(numbers(out.acked), (Numbers{0, 1, 2, 3}));
  EXPECT_FALSE(out.congestion_event);
}

// [RFC 9000 §13.4.2.1] An ACK that was overtaken carries older counts.
TEST_F(LossRecoveryTest, ReorderedAcksDoNotFailEcn) {
  const SentPacketInfo marked{.size = size, .ack_eliciting = true, .in_flight = true, .ecn = Ecn::ect0};
  for (PacketNumber pn = 0; pn < 3; ++pn) send(pn, data, marked);
  ASSERT_TRUE(ack(OwnedAck({{2, 2}, {0, 0}}, EcnCounts{.ect0 = 2})));
  ASSERT_TRUE(ack(OwnedAck({{1, 1}}, EcnCounts{.ect0 = 1})));
  EXPECT_FALSE(out.ecn_failed);
  EXPECT_EQ(recovery.ecn_mark(), Ecn::ect0);
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
