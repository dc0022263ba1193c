// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/recovery/rtt_estimator.hpp"

#include <gtest/gtest.h>

#include "quic/recovery/recovery_output.hpp"
#include "quic/test_values.hpp"

namespace iroh::quic {
namespace {

// [quic.md §7.2] Initial 333 ms, so the first PTO is 999 ms, plus 25 ms in 1-RTT.
TEST(RttEstimator, FirstProbeTimeoutIs999Milliseconds) {
  RttEstimator rtt;
  EXPECT_FALSE(rtt.has_sample());
  EXPECT_EQ(rtt.pto_base(Duration::zero()), 999 * ms);
  EXPECT_EQ(rtt.pto_base(25 * ms), 1024 * ms);
}

TEST(RttEstimator, FirstSampleReplacesTheGuess) {
  RttEstimator rtt;
  rtt.set_initial(50 * ms);
  EXPECT_EQ(rtt.smoothed(), 50 * ms);
  EXPECT_FALSE(rtt.has_sample());
  rtt.on_sample(80 * ms, 20 * ms);
  EXPECT_EQ(rtt.smoothed(), 80 * ms);
  EXPECT_EQ(rtt.variance(), 40 * ms);
  EXPECT_EQ(rtt.min(), 80 * ms);
  rtt.set_initial(10 * ms);
  EXPECT_EQ(rtt.smoothed(), 80 * ms) << "a guess does not replace a sample";
}

// [RFC 9002 §5.3]
TEST(RttEstimator, SubtractsTheAckDelayOnlyDownToTheMinimum) {
  RttEstimator rtt;
  rtt.on_sample(100 * ms, Duration::zero());
  rtt.on_sample(180 * ms, 20 * ms);  // adjusted 160
  EXPECT_EQ(rtt.smoothed(), (7 * 100 * ms + 160 * ms) / 8);
  EXPECT_EQ(rtt.variance(), (3 * 50 * ms + 60 * ms) / 4);
  EXPECT_EQ(rtt.min(), 100 * ms);
  RttEstimator other;
  other.on_sample(100 * ms, Duration::zero());
  other.on_sample(110 * ms, 20 * ms);  // would be 90: below the minimum, not adjusted
  EXPECT_EQ(other.smoothed(), (7 * 100 * ms + 110 * ms) / 8);
}

TEST(RttEstimator, MinimumIsUnadjustedAndCanBeReset) {
  RttEstimator rtt;
  rtt.on_sample(100 * ms, Duration::zero());
  rtt.on_sample(60 * ms, 50 * ms);
  EXPECT_EQ(rtt.min(), 60 * ms);
  rtt.on_sample(90 * ms, Duration::zero());
  EXPECT_EQ(rtt.min(), 60 * ms);
  rtt.reset_min();
  EXPECT_EQ(rtt.min(), 90 * ms);
}

// [quic.md §7.2] The cap on the growth of the probe gap.
TEST(PtoGrowthCap, DependsOnRttAndIdleTimeout) {
  EXPECT_EQ(pto_growth_cap(100 * ms, base::seconds(15)), base::seconds(1));
  EXPECT_EQ(pto_growth_cap(100 * ms, base::seconds(25)), base::seconds(1));
  EXPECT_EQ(pto_growth_cap(100 * ms, base::seconds(30)), base::seconds(2));
  EXPECT_EQ(pto_growth_cap(100 * ms, std::nullopt), base::seconds(2));
  EXPECT_EQ(pto_growth_cap(1333 * ms, base::seconds(15)), base::seconds(1));
  EXPECT_EQ(pto_growth_cap(2000 * ms, base::seconds(15)), 3000 * ms);
}

}  // namespace
}  // namespace iroh::quic
