// SPDX-License-Identifier: MIT OR Apache-2.0
// Deadlines and probes. [RFC 9002 §6.2], [quic.md §7.2]
#include "quic/recovery/recovery_fixture.hpp"

namespace iroh::quic {
namespace {

class ProbeTimeoutTest : public RecoveryFixture {};

TEST_F(ProbeTimeoutTest, FirstTimeoutIs999MillisecondsInTheHandshake) {
  EXPECT_FALSE(recovery.deadline(context));
  send(0, SpaceId::initial);
  EXPECT_EQ(recovery.deadline(context), start + 999 * ms);
}

TEST_F(ProbeTimeoutTest, DataSpaceAddsTheMaxAckDelay) {
  send(0);
  EXPECT_EQ(recovery.deadline(context), start + 1024 * ms);
  EXPECT_EQ(recovery.pto(data, context), 1024 * ms);
  EXPECT_EQ(recovery.pto(SpaceId::initial, context), 999 * ms);
}

// [quic.md 84] Two probes, counted down as they are sent.
TEST_F(ProbeTimeoutTest, AsksForTwoProbes) {
  send(0);
  now = start + 1023 * ms;
  EXPECT_FALSE(time_out());
  EXPECT_EQ(recovery.probes_pending(data), 0);
  now = start + 1024 * ms;
  EXPECT_EQ(time_out(), data);
  EXPECT_TRUE(out.lost.empty()) << "a timeout is no loss";
  EXPECT_EQ(recovery.bytes_in_flight(), 1u * size);
  EXPECT_EQ(recovery.probes_pending(data), 2);
  recovery.on_probe_sent(data);
  EXPECT_EQ(recovery.probes_pending(data), 1);
  recovery.on_probe_sent(data);
  recovery.on_probe_sent(data);
  EXPECT_EQ(recovery.probes_pending(data), 0);
}

TEST_F(ProbeTimeoutTest, ProbesRepeatTheOldestElicitingPacketInFlight) {
  send(0, data, {.size = 40});
  send(1);
  send(2);
  std::vector<SentFrame> frames;
  recovery.oldest_unacked_frames(data, frames);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].id, 1u);
  frames.clear();
  recovery.oldest_unacked_frames(SpaceId::initial, frames);
  EXPECT_TRUE(frames.empty());
}

// [quic.md 84] Base 100 ms and cap 1 s give gaps of 0.1, 0.2, 0.4, 0.8, 1.6, 2.6, 3.6, 4.6 s, counted from each probe.
TEST_F(ProbeTimeoutTest, GapsDoubleUntilTheirGrowthIsCapped) {
  recovery.rtt().set_initial(base::microseconds(25'000));  // 25 + 4 x 12.5 = 75 ms, and 25 ms of ack delay
  context.pto_growth_cap = base::seconds(1);
  PacketNumber pn = 0;
  send(pn++);
  for (const int gap : {100, 200, 400, 800, 1600, 2600, 3600, 4600, 5600}) {
    ASSERT_EQ(recovery.deadline(context), now + gap * ms);
    now += gap * ms;
    ASSERT_EQ(time_out(), data);
    EXPECT_FALSE(recovery.deadline(context)) << "the probes have to be sent first";
    send_probes(pn++);
  }
  for (int i = 0; i < 200; ++i) {  // nothing overflows
    now = *recovery.deadline(context);
    ASSERT_EQ(time_out(), data);
    send_probes(pn++);
  }
}

TEST_F(ProbeTimeoutTest, CountsFromTheLatestElicitingPacketOnly) {
  send(0);
  now += 100 * ms;
  send(1, data, {.size = 40});
  EXPECT_EQ(recovery.deadline(context), start + 1024 * ms);
  send(2);
  EXPECT_EQ(recovery.deadline(context), start + 1124 * ms);
}

// [quic.md §7.2] An ACK resets the backoff once the peer has validated us.
TEST_F(ProbeTimeoutTest, BackoffEndsWithAnAckFromAPeerThatValidatedUs) {
  context.peer_validated_address = false;
  send(0, SpaceId::initial);
  now = start + 999 * ms;
  ASSERT_EQ(time_out(), SpaceId::initial);
  EXPECT_EQ(recovery.pto_count(), 1u);
  ASSERT_TRUE(ack({{0, 0}}, SpaceId::initial));
  EXPECT_EQ(recovery.pto_count(), 1u);
  EXPECT_EQ(recovery.probes_pending(SpaceId::initial), 0) << "the ACK answers what the probe would ask";
  send(0, SpaceId::handshake);
  context.peer_validated_address = true;
  ASSERT_TRUE(ack({{0, 0}}, SpaceId::handshake));
  EXPECT_EQ(recovery.pto_count(), 0u);
}

TEST_F(ProbeTimeoutTest, IsNotArmedForDataBeforeConfirmation) {
  context.handshake_confirmed = false;
  send(0);
  EXPECT_FALSE(recovery.deadline(context));
  now += base::seconds(10);
  EXPECT_FALSE(time_out());
  context.handshake_confirmed = true;
  EXPECT_EQ(recovery.deadline(context), start + 1024 * ms);
}

TEST_F(ProbeTimeoutTest, IsNotArmedWhenAbandonedOrAmplificationBlocked) {
  send(0);
  context.is_abandoned = true;
  EXPECT_FALSE(recovery.deadline(context));
  context.is_abandoned = false;
  context.amplification_blocked = true;
  EXPECT_FALSE(recovery.deadline(context));
}

// [quic.md §4.9] An abandoned path still detects losses.
TEST_F(ProbeTimeoutTest, AbandonedPathKeepsItsLossTimer) {
  send(0);
  send(1);
  now += 80 * ms;
  ASSERT_TRUE(ack({{1, 1}}));
  context.is_abandoned = true;
  EXPECT_EQ(recovery.deadline(context), start + 90 * ms);
}

TEST_F(ProbeTimeoutTest, EarliestSpaceIsProbedFirst) {
  send(0, SpaceId::initial);
  now += 10 * ms;
  send(0, SpaceId::handshake);
  EXPECT_EQ(recovery.deadline(context), start + 999 * ms);
  now = start + 1500 * ms;
  EXPECT_EQ(time_out(), SpaceId::initial);
}

// [quic.md 34], [quic.md 100] The client's anti-deadlock probe: one, without ack delay, at most the cap.
TEST_F(ProbeTimeoutTest, ClientProbesAServerThatMayBeBlocked) {
  context = {.has_handshake_keys = false, .peer_validated_address = false, .pto_growth_cap = base::seconds(1)};
  EXPECT_FALSE(recovery.deadline(context)) << "nothing has happened yet";
  send(0, SpaceId::initial);
  now += 100 * ms;
  ASSERT_TRUE(ack({{0, 0}}, SpaceId::initial));
  ASSERT_FALSE(recovery.has_eliciting_in_flight());
  // 100 + 4 x 50 = 300 ms from the ACK
  EXPECT_EQ(recovery.deadline(context), now + 300 * ms);
  now += 300 * ms;
  EXPECT_EQ(time_out(), SpaceId::initial);
  EXPECT_EQ(recovery.probes_pending(SpaceId::initial), 1);
  recovery.on_probe_sent(SpaceId::initial);
  EXPECT_EQ(recovery.deadline(context), now + 600 * ms);
  context.has_handshake_keys = true;
  now += 600 * ms;
  EXPECT_EQ(time_out(), SpaceId::handshake);
  recovery.on_probe_sent(SpaceId::handshake);
  EXPECT_EQ(recovery.deadline(context), now + 1000 * ms) << "capped";
  context.peer_validated_address = true;
  EXPECT_FALSE(recovery.deadline(context));
}

// Only 0-RTT data in flight: no ordinary timer runs, but silence must not be final.
TEST_F(ProbeTimeoutTest, ClientWithOnlyEarlyDataInFlightStillProbes) {
  context = {.has_handshake_keys = true, .peer_validated_address = false};
  send(0);
  EXPECT_TRUE(recovery.deadline(context));
  now = *recovery.deadline(context);
  EXPECT_EQ(time_out(), SpaceId::handshake);
}

TEST_F(ProbeTimeoutTest, DiscardingASpaceResetsTheBackoff) {
  send(0, SpaceId::initial);
  now += 999 * ms;
  ASSERT_TRUE(time_out());
  recovery.discard_space(SpaceId::initial);
  EXPECT_EQ(recovery.pto_count(), 0u);
  EXPECT_EQ(recovery.probes_pending(SpaceId::initial), 0);
}

TEST_F(ProbeTimeoutTest, NetworkChangeResetsTheBackoff) {
  send(0);
  now += 1024 * ms;
  ASSERT_TRUE(time_out());
  recovery.reset_pto_backoff();
  EXPECT_EQ(recovery.pto_count(), 0u);
}

TEST_F(ProbeTimeoutTest, MarkingStopsAfterThreeTimeoutsWithoutAnAnswer) {
  send(0, data, {.size = size, .ack_eliciting = true, .in_flight = true, .ecn = Ecn::ect0});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(recovery.ecn_mark(), Ecn::ect0);
    now = *recovery.deadline(context);
    ASSERT_TRUE(time_out());
    send_probes(static_cast<PacketNumber>(i) + 1);
  }
  EXPECT_EQ(recovery.ecn_mark(), Ecn::not_ect);
}

}  // namespace
}  // namespace iroh::quic
