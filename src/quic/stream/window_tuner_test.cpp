// SPDX-License-Identifier: MIT OR Apache-2.0
// Receive windows that follow the reader, and the budget they share. [performance.md §3]
#include "quic/stream/window_tuner.hpp"
#include "quic/test_values.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace iroh::quic {
namespace {

constexpr std::uint64_t initial = 1'250'000;

/// A reader that takes so many bytes per round trip of 100 ms, asking for updates four times in each.
struct Reader {
  WindowTuner& tuner;
  Duration rtt = 100 * ms;
  Instant now = start;
  std::uint64_t consumed = 0;

  void round(std::uint64_t bytes, std::uint64_t waiting = 0) {
    for (int i = 0; i < 4; ++i) {
      now += rtt / 4;
      consumed += bytes / 4;
      tuner.update(now, rtt, consumed, waiting);
    }
  }
};

TEST(WindowTuner, GrowsToTwoAndTwoThirdsOfWhatIsReadInARoundTrip) {
  FlowBudget budget;
  WindowTuner tuner(initial, &budget);
  Reader reader{tuner};
  for (int i = 0; i < 10; ++i) reader.round(4'000'000);
  EXPECT_NEAR(static_cast<double>(tuner.window()), 4'000'000 * 8.0 / 3, 0.02 * 10'666'666);
  EXPECT_EQ(budget.used(), tuner.window() - initial);
}

TEST(WindowTuner, DoublesAtMostOncePerRoundTrip) {
  FlowBudget budget;
  WindowTuner tuner(initial, &budget);
  Reader reader{tuner};
  auto before = tuner.window();
  for (int i = 0; i < 5; ++i) {
    reader.round(12'500'000);
    EXPECT_LE(tuner.window(), 2 * before);
    before = tuner.window();
  }
  EXPECT_GT(before, 16'000'000u);
}

TEST(WindowTuner, StaysWhenTheReaderIsSlowOrLags) {
  FlowBudget budget;
  WindowTuner tuner(initial, &budget);
  Reader reader{tuner};
  for (int i = 0; i < 10; ++i) reader.round(400'000);
  EXPECT_EQ(tuner.window(), initial);
  for (int i = 0; i < 10; ++i) reader.round(1'000'000, initial * 3 / 4);
  EXPECT_EQ(tuner.window(), initial) << "what waits to be read fills more than half";
}

// [performance.md §3] No overshoot on loopback.
TEST(WindowTuner, StaysSmallOnShortPaths) {
  FlowBudget budget;
  WindowTuner tuner(initial, &budget);
  Reader reader{.tuner = tuner, .rtt = base::microseconds(100)};
  for (int i = 0; i < 1000; ++i) reader.round(10'000'000);
  EXPECT_LE(tuner.window(), WindowTuner::local_window_max);
}

TEST(WindowTuner, ShrinksAfterTenSecondsOfLittleUse) {
  FlowBudget budget;
  WindowTuner tuner(initial, &budget);
  Reader reader{tuner};
  for (int i = 0; i < 10; ++i) reader.round(4'000'000);
  const auto large = tuner.window();
  for (int i = 0; i < 95; ++i) reader.round(100'000);
  EXPECT_EQ(tuner.window(), large);
  for (int i = 0; i < 10; ++i) reader.round(100'000);
  EXPECT_EQ(tuner.window(), large / 2);
  for (int i = 0; i < 500; ++i) reader.round(100'000);
  EXPECT_EQ(tuner.window(), initial) << "never below what the transport parameters promised";
  EXPECT_EQ(budget.used(), 0u);
}

TEST(WindowTuner, DoublesForAPeerThatIsBlockedOncePerRoundTrip) {
  FlowBudget budget;
  WindowTuner tuner(initial, &budget);
  EXPECT_EQ(tuner.on_peer_blocked(start, 100 * ms), 2 * initial);
  EXPECT_EQ(tuner.on_peer_blocked(start + 50 * ms, 100 * ms), 2 * initial);
  EXPECT_EQ(tuner.on_peer_blocked(start + 100 * ms, 100 * ms), 4 * initial);
}

TEST(WindowTuner, StaysWithoutABudget) {
  WindowTuner tuner(initial, nullptr);
  Reader reader{tuner};
  for (int i = 0; i < 10; ++i) reader.round(4'000'000);
  tuner.on_peer_blocked(reader.now, 100 * ms);
  EXPECT_EQ(tuner.window(), initial);
}

// ---- budget

TEST(FlowBudget, GivesFreelyUpToThreeQuarters) {
  FlowBudget budget(1000);
  FlowReservation one(&budget);
  EXPECT_EQ(one.resize(700), 700u);
  FlowReservation two(&budget);
  EXPECT_EQ(two.resize(50), 50u);
  EXPECT_EQ(budget.used(), 750u);
}

// A peer that grabs much must not leave the others with nothing. Without the rule it could slow all connections.
TEST(FlowBudget, GivesOnlyAFairShareAbove) {
  FlowBudget budget(1000);
  FlowReservation greedy(&budget);
  EXPECT_EQ(greedy.resize(2000), 1000u) << "alone its fair share is all of it";
  greedy.resize(740);
  FlowReservation modest(&budget);
  EXPECT_EQ(modest.resize(100), 100u);
  EXPECT_EQ(greedy.resize(800), 740u) << "above its half";
  EXPECT_EQ(modest.resize(400), 260u) << "what is left";
  EXPECT_EQ(budget.used(), 1000u);
}

TEST(FlowBudget, TakesBackWhatStreamsLeave) {
  FlowBudget budget(1000);
  {
    FlowReservation one(&budget);
    one.resize(600);
  }
  EXPECT_EQ(budget.used(), 0u);
}

// [performance.md §3] A budget that is nearly used up: the rate needs one round trip's worth, no more.
TEST(FlowBudget, MakesEverybodyFrugalAboveNineTenths) {
  FlowBudget budget(40'000'000);
  WindowTuner tuner(initial, &budget);
  Reader reader{tuner};
  for (int i = 0; i < 10; ++i) reader.round(6'000'000);
  std::vector<std::unique_ptr<FlowReservation>> others;
  while (!budget.is_tight() && others.size() < 100) {
    others.push_back(std::make_unique<FlowReservation>(&budget));
    others.back()->resize(1'000'000);
  }
  ASSERT_TRUE(budget.is_tight());
  EXPECT_EQ(tuner.on_peer_blocked(reader.now, 100 * ms), tuner.window());
  reader.round(6'000'000);
  EXPECT_LE(tuner.window(), 6'000'000u);
  EXPECT_FALSE(budget.is_tight()) << "and that makes room";
}

}  // namespace
}  // namespace iroh::quic
