// SPDX-License-Identifier: MIT OR Apache-2.0
// What acknowledgements, losses and ECN marks do to the congestion window. [RFC 9002 §7], [quic.md §7.3-7.4]
#include "quic/recovery/recovery_fixture.hpp"

namespace iroh::quic {
namespace {

using Numbers = std::vector<PacketNumber>;

class WindowTest : public RecoveryFixture {};

TEST_F(WindowTest, LossesReduceTheWindowOncePerRoundTrip) {
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
TEST_F(WindowTest, LostMtuProbeLeavesTheWindowAlone) {
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

// [quic.md §7.4] ACK-only packets, off-path datagrams and NAT probes weigh nothing.
TEST_F(WindowTest, PacketsOutOfFlightWeighNothingAndAreNoCongestion) {
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

TEST_F(WindowTest, LossOfWeightlessPacketsAloneIsNoCongestion) {
  take_first_sample();
  for (PacketNumber pn = 1; pn <= 5; ++pn) send(pn, data, {.size = 40});
  send(6);
  ASSERT_TRUE(ack({{6, 6}}));
  EXPECT_EQ(numbers(out.lost), (Numbers{1, 2, 3}));
  EXPECT_FALSE(out.congestion_event);
}

// [quic.md §7.4] in_flight + segment <= cwnd. Scenario 89: exactly 10 datagrams of 1200 in 12 000.
TEST_F(WindowTest, WindowOfTwelveThousandTakesTenDatagrams) {
  LossRecovery fresh(std::make_unique<NewReno>(std::uint16_t{1200}));
  PacketNumber sent = 0;
  while (fresh.can_send(1200)) {
    fresh.on_packet_sent(now, data, sent++, {.size = 1200, .ack_eliciting = true, .in_flight = true}, {});
  }
  EXPECT_EQ(sent, 10u);
}

// [RFC 9002 §7.8] A window that is not used does not grow.
TEST_F(WindowTest, AppLimitedAcksDoNotOpenTheWindow) {
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
TEST_F(WindowTest, ManyAcksWithoutASendBetweenOpenTheWindowLikeOne) {
  send_all(0, 99);
  for (PacketNumber last = 1; last < 100; last += 2) ASSERT_TRUE(ack({{0, last}}));
  EXPECT_EQ(recovery.congestion_window(), 200'000u);
}

// [quic.md §7.3], [RFC 9002 §7.6]
TEST_F(WindowTest, PersistentCongestionCollapsesTheWindow) {
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

TEST_F(WindowTest, PersistentCongestionNeedsTheDurationAndNoAckBetween) {
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

TEST_F(WindowTest, PersistentCongestionNeedsAnEarlierSample) {
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
TEST_F(WindowTest, UndoesACongestionEventWhoseLossesAllArrive) {
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

TEST_F(WindowTest, DoesNotUndoWhatArrivesLaterThanTwoProbeTimeouts) {
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
TEST_F(WindowTest, DoesNotUndoEventsTooLargeToRemember) {
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
TEST_F(WindowTest, CongestionMarkReducesTheWindowWithoutUndo) {
  const SentPacketInfo marked{.size = size, .ack_eliciting = true, .in_flight = true, .ecn = Ecn::ect0};
  for (PacketNumber pn = 0; pn < 4; ++pn) send(pn, data, marked);
  now += 100 * ms;
  ASSERT_TRUE(ack(OwnedAck({{0, 3}}, EcnCounts{.ect0 = 3, .ce = 1})));
  EXPECT_TRUE(out.congestion_event);
  EXPECT_FALSE(out.ecn_failed);
  EXPECT_EQ(recovery.congestion_window(), 50'000u);
  EXPECT_EQ(recovery.ecn_mark(), Ecn::ect0);
}

TEST_F(WindowTest, EcnFailureEndsMarkingAndNothingElse) {
  const SentPacketInfo marked{.size = size, .ack_eliciting = true, .in_flight = true, .ecn = Ecn::ect0};
  for (PacketNumber pn = 0; pn < 4; ++pn) send(pn, data, marked);
  ASSERT_TRUE(ack({{0, 3}}));
  EXPECT_TRUE(out.ecn_failed);
  EXPECT_EQ(recovery.ecn_mark(), Ecn::not_ect);
  EXPECT_EQ(numbers(out.acked), (Numbers{0, 1, 2, 3}));
  EXPECT_FALSE(out.congestion_event);
}

// [RFC 9000 §13.4.2.1] An ACK that was overtaken carries older counts.
TEST_F(WindowTest, ReorderedAcksDoNotFailEcn) {
  const SentPacketInfo marked{.size = size, .ack_eliciting = true, .in_flight = true, .ecn = Ecn::ect0};
  for (PacketNumber pn = 0; pn < 3; ++pn) send(pn, data, marked);
  ASSERT_TRUE(ack(OwnedAck({{2, 2}, {0, 0}}, EcnCounts{.ect0 = 2})));
  ASSERT_TRUE(ack(OwnedAck({{1, 1}}, EcnCounts{.ect0 = 1})));
  EXPECT_FALSE(out.ecn_failed);
  EXPECT_EQ(recovery.ecn_mark(), Ecn::ect0);
}

}  // namespace
}  // namespace iroh::quic
