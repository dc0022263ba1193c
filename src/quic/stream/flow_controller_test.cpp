// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/flow_controller.hpp"

#include <gtest/gtest.h>

namespace iroh::quic {
namespace {

TEST(FlowController, AcceptsExactlyTheAdvertisedAmount) {
  FlowController flow(1000);
  EXPECT_TRUE(flow.on_received(1000));
  EXPECT_FALSE(flow.on_received(1001));
  EXPECT_EQ(flow.received(), 1000u);
}

// [quic.md §7.8] At least 1/8 of the window.
TEST(FlowController, WantsAnUpdateWhenAnEighthOfTheWindowIsConsumed) {
  FlowController flow(1'250'000);
  EXPECT_FALSE(flow.on_consumed(156'249));
  EXPECT_TRUE(flow.on_consumed(1));
  EXPECT_EQ(flow.next_max_data(), 1'406'250u);
  flow.on_advertised();
  EXPECT_FALSE(flow.wants_update());
  EXPECT_EQ(flow.max_data(), 1'406'250u);
}

TEST(FlowController, NeedsNoUpdatesWithTheLargestWindow) {
  FlowController flow(base::varint_max);
  EXPECT_FALSE(flow.on_consumed(std::uint64_t{1} << 60));
  EXPECT_EQ(flow.next_max_data(), base::varint_max);
}

// [RFC 9000 §4.1] Advertised credit cannot be taken back.
TEST(FlowController, ShrinksByNotAdvancing) {
  FlowController flow(1000);
  flow.set_window(400);
  EXPECT_EQ(flow.max_data(), 1000u);
  EXPECT_FALSE(flow.on_consumed(600));
  EXPECT_TRUE(flow.on_consumed(50));
  EXPECT_EQ(flow.next_max_data(), 1050u);
}

TEST(FlowController, GrowsAtTheNextUpdate) {
  FlowController flow(1000);
  flow.set_window(2000);
  EXPECT_TRUE(flow.wants_update());
  EXPECT_EQ(flow.next_max_data(), 2000u);
}

TEST(SendCredit, OnlyGrows) {
  SendCredit credit;
  EXPECT_TRUE(credit.raise(100));
  EXPECT_FALSE(credit.raise(100));
  EXPECT_FALSE(credit.raise(50));
  credit.use(70);
  EXPECT_EQ(credit.available(), 30u);
  credit.give_back(20);
  EXPECT_EQ(credit.available(), 50u);
}

}  // namespace
}  // namespace iroh::quic
