// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/recovery/ecn_validator.hpp"

#include <gtest/gtest.h>

namespace iroh::quic {
namespace {

constexpr auto data = SpaceId::data;

EcnValidator after_sending(int packets) {
  EcnValidator ecn;
  for (int i = 0; i < packets; ++i) ecn.on_sent(data);
  return ecn;
}

TEST(EcnValidator, MarksUntilValidationFails) {
  auto ecn = after_sending(10);
  EXPECT_EQ(ecn.mark(), Ecn::ect0);
  EXPECT_FALSE(ecn.on_ack(data, 4, EcnCounts{.ect0 = 4}).failed);
  EXPECT_FALSE(ecn.on_ack(data, 6, EcnCounts{.ect0 = 10}).failed);
  EXPECT_EQ(ecn.mark(), Ecn::ect0);
}

// [quic.md 86], [RFC 9000 §13.4.2.1] Each way to fail.
TEST(EcnValidator, FailsWithoutCounts) {
  auto ecn = after_sending(10);
  EXPECT_FALSE(ecn.on_ack(data, 0, std::nullopt).failed) << "nothing marked was acknowledged";
  EXPECT_TRUE(ecn.on_ack(data, 1, std::nullopt).failed);
  EXPECT_EQ(ecn.mark(), Ecn::not_ect);
  EXPECT_FALSE(ecn.on_ack(data, 1, std::nullopt).failed) << "reported once";
}

TEST(EcnValidator, FailsWhenCountsRegress) {
  auto ecn = after_sending(10);
  ecn.on_ack(data, 4, EcnCounts{.ect0 = 4});
  EXPECT_TRUE(ecn.on_ack(data, 0, EcnCounts{.ect0 = 3}).failed);
}

TEST(EcnValidator, FailsWhenCountsLackWhatIsNewlyAcknowledged) {
  auto ecn = after_sending(10);
  EXPECT_TRUE(ecn.on_ack(data, 4, EcnCounts{.ect0 = 3}).failed);
}

TEST(EcnValidator, FailsOnAnyEct1) {
  auto ecn = after_sending(10);
  EXPECT_TRUE(ecn.on_ack(data, 1, EcnCounts{.ect0 = 1, .ect1 = 1}).failed);
}

TEST(EcnValidator, FailsOnMoreCountsThanMarksSent) {
  auto ecn = after_sending(10);
  EXPECT_TRUE(ecn.on_ack(data, 1, EcnCounts{.ect0 = 11}).failed);
}

TEST(EcnValidator, CeCountsAsArrivalAndAsCongestion) {
  auto ecn = after_sending(10);
  const auto verdict = ecn.on_ack(data, 4, EcnCounts{.ect0 = 3, .ce = 1});
  EXPECT_FALSE(verdict.failed);
  EXPECT_TRUE(verdict.congestion);
  EXPECT_FALSE(ecn.on_ack(data, 1, EcnCounts{.ect0 = 4, .ce = 1}).congestion) << "no new mark";
}

// [RFC 9000 §13.4.2] A router may drop whatever is marked.
TEST(EcnValidator, GivesUpIfTheFirstMarkedPacketsAreAllLost) {
  auto ecn = after_sending(10);
  ecn.on_marked_lost(9);
  EXPECT_FALSE(ecn.has_failed());
  ecn.on_marked_lost(1);
  EXPECT_TRUE(ecn.has_failed());
  auto silent = after_sending(1);
  silent.on_probe_timeout(2);
  EXPECT_FALSE(silent.has_failed());
  silent.on_probe_timeout(3);
  EXPECT_TRUE(silent.has_failed());
  auto working = after_sending(20);
  working.on_ack(data, 1, EcnCounts{.ect0 = 1});
  working.on_marked_lost(15);
  working.on_probe_timeout(5);
  EXPECT_FALSE(working.has_failed()) << "once marks were seen to arrive, losses are only losses";
}

// [quic.md 22] Counters are per space.
TEST(EcnValidator, SpacesCountIndependently) {
  auto ecn = after_sending(4);
  ecn.on_sent(SpaceId::initial);
  EXPECT_FALSE(ecn.on_ack(SpaceId::initial, 1, EcnCounts{.ect0 = 1}).failed);
  EXPECT_FALSE(ecn.on_ack(data, 1, EcnCounts{.ect0 = 1}).failed);
}

// [quic.md 67] A new generation starts to test again, with the counters where they are.
TEST(EcnValidator, NextGenerationContinuesTheCounters) {
  auto old = after_sending(10);
  old.on_ack(data, 4, EcnCounts{.ect0 = 4});
  old.on_ack(data, 1, std::nullopt);
  ASSERT_TRUE(old.has_failed());
  EcnValidator next;
  next.continue_from(old);
  EXPECT_EQ(next.mark(), Ecn::ect0);
  next.on_sent(data);
  EXPECT_FALSE(next.on_ack(data, 1, EcnCounts{.ect0 = 11}).failed) << "late packets of the old one may count too";
}

}  // namespace
}  // namespace iroh::quic
