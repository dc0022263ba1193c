// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/space/ack_frequency_sender.hpp"
#include "quic/test_values.hpp"

#include <gtest/gtest.h>

namespace iroh::quic {
namespace {

constexpr AckFrequencySender::Conditions bulk{.rtt = 40 * ms, .window_packets = 400, .train_packets = 30};

AckFrequencySender enabled() {
  AckFrequencySender sender;
  sender.enable(ms);
  return sender;
}

// [quic.md 83] The frame means nothing to a peer without min_ack_delay.
TEST(AckFrequencySender, SaysNothingToPeersThatDoNotKnowIt) {
  AckFrequencySender sender;
  sender.update(start, bulk);
  EXPECT_FALSE(sender.needs_frame());
}

// [performance.md §2.6] min(train, window / 8), a quarter of the round-trip time.
TEST(AckFrequencySender, AsksForOneAckPerTrain) {
  auto sender = enabled();
  sender.update(start, bulk);
  ASSERT_TRUE(sender.needs_frame());
  EXPECT_EQ(sender.frame(), (AckFrequencyFrame{0, 30, 10'000, 3}));
  sender.on_written();
  EXPECT_FALSE(sender.needs_frame());
}

TEST(AckFrequencySender, StaysWithinItsBounds) {
  auto sender = enabled();
  sender.update(start, {.rtt = base::microseconds(100), .window_packets = 10'000, .train_packets = 1000});
  EXPECT_EQ(sender.frame(), (AckFrequencyFrame{0, 64, 1'000, 3}));
  auto far = enabled();
  far.update(start, {.rtt = 600 * ms, .window_packets = 80, .train_packets = 30});
  EXPECT_EQ(far.frame(), (AckFrequencyFrame{0, 10, 25'000, 3})) << "eight times in a window";
  AckFrequencySender slow;
  slow.enable(5 * ms);
  slow.update(start, {.rtt = ms, .window_packets = 400, .train_packets = 30});
  EXPECT_EQ(slow.frame().requested_max_ack_delay_us, 5'000u) << "[quic.md 82] not below min_ack_delay";
}

TEST(AckFrequencySender, IsCautiousInSlowStartAndAfterLosses) {
  auto starting = enabled();
  auto conditions = bulk;
  conditions.is_in_slow_start = true;
  starting.update(start, conditions);
  EXPECT_EQ(starting.frame().ack_eliciting_threshold, 10u);
  auto losing = enabled();
  losing.on_loss(start - ms);
  losing.update(start, bulk);
  EXPECT_EQ(losing.frame().ack_eliciting_threshold, 10u);
  auto large = enabled();
  conditions.window_packets = 2000;
  large.update(start, conditions);
  EXPECT_EQ(large.frame().ack_eliciting_threshold, 30u) << "a window this large has many ACKs in flight anyway";
}

TEST(AckFrequencySender, LeavesSmallFlowsAlone) {
  auto sender = enabled();
  sender.update(start, {.rtt = 40 * ms, .window_packets = 10, .train_packets = 10});
  EXPECT_FALSE(sender.needs_frame());
}

TEST(AckFrequencySender, AsksAgainOnlyForLargeChangesAndOncePerRoundTrip) {
  auto sender = enabled();
  sender.update(start, bulk);
  sender.on_written();
  auto changed = bulk;
  changed.train_packets = 50;
  sender.update(start + 100 * ms, changed);
  EXPECT_FALSE(sender.needs_frame()) << "less than twice";
  sender.on_loss(start + 30 * ms);
  sender.update(start + 39 * ms, changed);
  EXPECT_FALSE(sender.needs_frame()) << "within a round trip";
  sender.update(start + 40 * ms, changed);
  ASSERT_TRUE(sender.needs_frame());
  EXPECT_EQ(sender.frame(), (AckFrequencyFrame{1, 10, 10'000, 3}));
}

// [quic.md §3.4]
TEST(AckFrequencySender, RepeatsALostRequestWithTheNextSequence) {
  auto sender = enabled();
  sender.update(start, bulk);
  sender.on_written();
  sender.on_lost(0);
  ASSERT_TRUE(sender.needs_frame());
  EXPECT_EQ(sender.frame().sequence, 1u);
  sender.on_written();
  sender.on_lost(0);
  EXPECT_FALSE(sender.needs_frame()) << "a newer one is under way";
}

}  // namespace
}  // namespace iroh::quic
