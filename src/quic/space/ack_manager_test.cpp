// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/space/ack_manager.hpp"
#include "quic/test_values.hpp"

#include <gtest/gtest.h>

namespace iroh::quic {
namespace {

struct Receiver {
  AckManager acks{SpaceId::data};
  Instant now = start;

  bool receive(PacketNumber pn, bool eliciting = true, Ecn ecn = Ecn::not_ect) {
    EXPECT_TRUE(acks.on_packet(now, pn, eliciting, ecn));
    return acks.is_due(now);
  }
  void send_ack() { acks.on_ack_sent(now, *acks.received().largest()); }
  /// As the conductor does: one decision, and the ACK if it is due.
  bool receive_and_answer(PacketNumber pn) {
    const bool due = receive(pn);
    if (due) send_ack();
    return due;
  }
};

// [quic.md 81] At the second ack-eliciting packet.
TEST(AckManager, AcknowledgesAtTheSecondAckElicitingPacket) {
  Receiver r;
  EXPECT_FALSE(r.receive(0));
  EXPECT_TRUE(r.receive(1));
  r.send_ack();
  EXPECT_FALSE(r.acks.is_due(r.now));
  EXPECT_FALSE(r.acks.has_unsent_elicited());
  EXPECT_FALSE(r.receive(2));
  EXPECT_TRUE(r.receive(3));
}

// [quic.md 81] Within max_ack_delay otherwise, counted from the first unacknowledged packet.
TEST(AckManager, AcknowledgesALonePacketAfterMaxAckDelay) {
  Receiver r;
  EXPECT_FALSE(r.acks.deadline());
  EXPECT_FALSE(r.receive(0));
  EXPECT_TRUE(r.acks.has_unsent_elicited());
  EXPECT_EQ(r.acks.deadline(), start + 25 * ms);
  EXPECT_FALSE(r.acks.is_due(start + 24 * ms));
  EXPECT_TRUE(r.acks.is_due(start + 25 * ms));
  r.acks.on_timeout(start + 25 * ms);
  EXPECT_FALSE(r.acks.deadline()) << "a blocked path must not keep the timer busy";
  EXPECT_TRUE(r.acks.is_due(start + 25 * ms));
}

TEST(AckManager, TimerThatFiresEarlyChangesNothing) {
  Receiver r;
  r.receive(0);
  r.acks.on_timeout(start + 24 * ms);
  EXPECT_FALSE(r.acks.is_due(start + 24 * ms));
  EXPECT_EQ(r.acks.deadline(), start + 25 * ms);
}

// [RFC 9000 §13.2.1] Packets that elicit nothing are not acknowledged for their own sake.
TEST(AckManager, NonElicitingPacketsAloneAreNeverDue) {
  Receiver r;
  for (PacketNumber pn = 0; pn < 10; ++pn) EXPECT_FALSE(r.receive(pn, false));
  EXPECT_FALSE(r.acks.deadline());
  EXPECT_FALSE(r.acks.should_volunteer());
  EXPECT_FALSE(r.acks.is_due(start + base::seconds(60)));
  // [quic.md §7.1] More than ten: an ACK rides along.
  EXPECT_FALSE(r.receive(10, false));
  EXPECT_TRUE(r.acks.should_volunteer());
  r.send_ack();
  EXPECT_FALSE(r.acks.should_volunteer());
}

// [quic.md 81] Initial and Handshake packets are acknowledged at once. [RFC 9000 §13.2.1]
TEST(AckManager, HandshakePacketsAreAcknowledgedAtOnce) {
  for (const auto space : {SpaceId::initial, SpaceId::handshake}) {
    AckManager acks(space);
    EXPECT_TRUE(acks.on_packet(start, 0, true, Ecn::not_ect));
    EXPECT_TRUE(acks.is_due(start));
    acks.on_ack_sent(start, 0);
    EXPECT_TRUE(acks.on_packet(start, 1, false, Ecn::not_ect));
    EXPECT_FALSE(acks.is_due(start));
  }
}

// [quic.md 81] On reordering: a gap, and then the packet that fills it.
TEST(AckManager, AcknowledgesReorderingAtOnce) {
  Receiver r;
  EXPECT_FALSE(r.receive(0));
  EXPECT_TRUE(r.receive(2)) << "leaves a gap";
  r.send_ack();
  EXPECT_TRUE(r.receive(1)) << "below the largest";
  r.send_ack();
  EXPECT_FALSE(r.receive(3));
}

TEST(AckManager, NonElicitingPacketsBetweenAreNoGap) {
  Receiver r;
  EXPECT_TRUE(!r.receive(0) && !r.receive(1, false) && !r.receive(2, false));
  r.send_ack();
  EXPECT_FALSE(r.receive(3));
}

TEST(AckManager, ForgottenRangesAreNoGap) {
  Receiver r;
  r.receive(0);
  r.receive(1, false);
  r.send_ack();
  r.acks.on_ack_acknowledged(1);
  EXPECT_TRUE(r.acks.received().ranges().empty());
  EXPECT_FALSE(r.receive(2));
}

// [quic.md 27] A first number of 1 is nothing special.
TEST(AckManager, FirstPacketMayHaveNumberOne) {
  Receiver r;
  EXPECT_FALSE(r.receive(1));
}

// [quic.md 81] On CE and on IMMEDIATE_ACK.
TEST(AckManager, AcknowledgesCongestionMarksAndRequestsAtOnce) {
  Receiver r;
  EXPECT_FALSE(r.receive(0, true, Ecn::ect0));
  EXPECT_TRUE(r.receive(1, true, Ecn::ce));
  r.send_ack();
  r.acks.request_immediate();
  EXPECT_FALSE(r.acks.is_due(r.now)) << "there is nothing new to acknowledge";
  EXPECT_TRUE(r.receive(2));
  r.send_ack();
  EXPECT_FALSE(r.receive(3));
}

TEST(AckManager, RequestCoversPacketsThatElicitNothing) {
  Receiver r;
  r.receive(0, false);
  r.acks.request_immediate();
  EXPECT_TRUE(r.acks.is_due(r.now));
}

TEST(AckManager, CountsMarksPerSpaceAndReportsThemOnceSeen) {
  Receiver r;
  r.receive(0);
  EXPECT_FALSE(r.acks.ecn_counts());
  r.receive(1, true, Ecn::ect0);
  r.receive(2, false, Ecn::ce);
  r.receive(3, true, Ecn::ect1);
  EXPECT_EQ(r.acks.ecn_counts(), (EcnCounts{.ect0 = 1, .ect1 = 1, .ce = 1}));
}

TEST(AckManager, DuplicatesCountForNothing) {
  Receiver r;
  r.receive(0, true, Ecn::ect0);
  EXPECT_TRUE(r.acks.is_duplicate(0));
  EXPECT_FALSE(r.acks.on_packet(r.now, 0, true, Ecn::ect0));
  EXPECT_FALSE(r.acks.is_due(r.now));
  EXPECT_EQ(r.acks.ecn_counts()->ect0, 1u);
}

TEST(AckManager, AckDelayIsTheAgeOfTheLargest) {
  Receiver r;
  r.receive(5);
  r.now += 3 * ms;
  r.receive(4);
  EXPECT_EQ(r.acks.ack_delay(start + 10 * ms), 10 * ms);
  EXPECT_EQ(r.acks.ack_delay(start - 10 * ms), Duration::zero());
}

// [quic.md 82] The threshold of ACK_FREQUENCY.
TEST(AckManager, ObeysAnotherThreshold) {
  Receiver r;
  r.acks.set_frequency({.ack_eliciting_threshold = 10, .max_ack_delay = 25 * ms, .reordering_threshold = 1});
  for (PacketNumber pn = 0; pn < 10; ++pn) EXPECT_FALSE(r.receive(pn));
  EXPECT_TRUE(r.receive(10));
  r.send_ack();
  r.acks.set_frequency({.ack_eliciting_threshold = 0});
  EXPECT_TRUE(r.receive(11));
}

// [quic.md 82] Scenario 75: the new delay holds for a timer that runs already.
TEST(AckManager, AnotherDelayAppliesToTheRunningTimer) {
  Receiver r;
  r.receive(0);
  r.acks.set_frequency({.max_ack_delay = 5 * ms});
  EXPECT_EQ(r.acks.deadline(), start + 5 * ms);
}

// [quic.md 82] Reordering threshold 0.
TEST(AckManager, ReorderingThresholdZeroIgnoresOrder) {
  Receiver r;
  r.acks.set_frequency({.ack_eliciting_threshold = 100, .reordering_threshold = 0});
  for (const PacketNumber pn : {0u, 9u, 4u, 20u, 1u}) EXPECT_FALSE(r.receive(pn));
}

// [quic.md 82] Reordering threshold above 1: at once when the peer could declare something lost that it has not yet
// been told of. The sequence is the example of draft-ietf-quic-ack-frequency §6.2.1.
TEST(AckManager, ReorderingThresholdThreeWaitsForALossDeclaration) {
  Receiver r;
  r.acks.set_frequency({.ack_eliciting_threshold = 100, .reordering_threshold = 3});
  EXPECT_FALSE(r.receive_and_answer(0));
  EXPECT_FALSE(r.receive_and_answer(1));
  EXPECT_FALSE(r.receive_and_answer(3));
  EXPECT_FALSE(r.receive_and_answer(4));
  EXPECT_TRUE(r.receive_and_answer(5)) << "2 is missing, three below";
  EXPECT_FALSE(r.receive_and_answer(8));
  EXPECT_TRUE(r.receive_and_answer(9)) << "6 is missing, three below";
  EXPECT_TRUE(r.receive_and_answer(10)) << "7 is missing, three below";
  EXPECT_FALSE(r.receive_and_answer(11));
}

}  // namespace
}  // namespace iroh::quic
