// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/adaptive_spin.hpp"

#include <gtest/gtest.h>

namespace iroh::endpoint {
namespace {

using base::Duration;
using base::microseconds;
using base::milliseconds;

struct World {
  AdaptiveSpin spin{true};
  base::Instant now{milliseconds(1'000)};

  /// One wait of this length, asleep or not; true if it began busily.
  bool wait(Duration length) {
    const bool is_busy = spin.on_idle(now);
    now += length;
    spin.on_work(now);
    return is_busy;
  }
  bool waits(int count, Duration length) {
    bool last = false;
    for (int i = 0; i < count; ++i) last = wait(length);
    return last;
  }
};

TEST(AdaptiveSpin, OffItNeverSpins) {
  World world{.spin = AdaptiveSpin(false)};
  EXPECT_FALSE(world.waits(100, microseconds(1)));
}

TEST(AdaptiveSpin, StartsOnceMostWaitsAreShortAndStopsOnceTheyAreNot) {
  World world;
  EXPECT_FALSE(world.waits(5, microseconds(4)));
  EXPECT_TRUE(world.wait(microseconds(4)));
  EXPECT_TRUE(world.wait(milliseconds(5)));  // one long wait proves nothing
  world.waits(8, milliseconds(5));
  EXPECT_FALSE(world.wait(milliseconds(5)));
}

TEST(AdaptiveSpin, GivesUpAfterAMoment) {
  World world;
  world.waits(8, microseconds(4));
  ASSERT_TRUE(world.spin.on_idle(world.now));
  const base::Instant start = world.now;
  const base::Instant end = start + AdaptiveSpin::spin_max;
  EXPECT_TRUE(world.spin.on_yielded(start, end - microseconds(1)));
  EXPECT_FALSE(world.spin.on_yielded(end - microseconds(1), end));
  EXPECT_FALSE(world.spin.is_spinning());
}

TEST(AdaptiveSpin, ANeighbourThatNeedsTheCpuStopsItForAWhile) {
  World world;
  world.waits(8, microseconds(4));
  // One long yield may be chance.
  for (unsigned i = 0; i < AdaptiveSpin::long_yields_max; ++i) {
    ASSERT_TRUE(world.spin.on_idle(world.now)) << i;
    EXPECT_FALSE(world.spin.on_yielded(world.now, world.now + AdaptiveSpin::yield_max + microseconds(1)));
  }
  EXPECT_FALSE(world.waits(8, microseconds(4)));
  world.now += AdaptiveSpin::period + AdaptiveSpin::yield_max;
  EXPECT_TRUE(world.wait(microseconds(4)));
}

TEST(AdaptiveSpin, WhileBothPeersSleepAFewLongerWaitsAreTried) {
  World world;
  int busy = 0;
  for (int i = 0; i < 500; ++i) busy += world.wait(microseconds(65)) ? 1 : 0;  // 32.5 ms
  EXPECT_EQ(busy, static_cast<int>(AdaptiveSpin::probes_per_period));
}

}  // namespace
}  // namespace iroh::endpoint
