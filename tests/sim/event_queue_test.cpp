// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/event_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.hpp"

namespace iroh::sim {
namespace {

base::Instant at(std::int64_t ns) {
  return base::Instant(base::Duration(ns));
}

TEST(EventQueue, RunsEventsByTimeAndThenByOrderOfScheduling) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    base::SeededRandom random(seed);
    EventQueue queue;
    std::vector<std::pair<base::Instant, int>> expected;
    std::vector<int> ran;
    for (int i = 0; i < 100; ++i) {
      const auto time = at(static_cast<std::int64_t>(random.below(20)));
      expected.emplace_back(time, i);
      queue.schedule(time, [&ran, i] { ran.push_back(i); });
    }
    std::ranges::stable_sort(expected, {}, &std::pair<base::Instant, int>::first);
    queue.run_due(at(20));
    ASSERT_EQ(ran.size(), 100u);
    for (std::size_t i = 0; i < ran.size(); ++i) EXPECT_EQ(ran[i], expected[i].second) << "seed " << seed;
  }
}

TEST(EventQueue, LeavesWhatIsNotDueAndForgetsWhatIsCancelled) {
  EventQueue queue;
  std::vector<int> ran;
  queue.schedule(at(0), [&] { ran.push_back(0); });
  const auto key = queue.schedule(at(1), [&] { ran.push_back(1); });
  queue.schedule(at(2), [&] { ran.push_back(2); });
  queue.cancel({});
  queue.cancel(key);
  queue.run_due(at(1));
  EXPECT_EQ(ran, std::vector{0});
  EXPECT_EQ(queue.next(), at(2));
  queue.cancel(key);
  queue.run_due(at(2));
  EXPECT_EQ(ran, (std::vector{0, 2}));
  EXPECT_EQ(queue.next(), std::nullopt);
}

TEST(EventQueue, RunsWhatAnEventSchedulesForTheSameInstant) {
  EventQueue queue;
  int ran = 0;
  queue.schedule(at(5), [&] { queue.schedule(at(5), [&] { ++ran; }); });
  queue.run_due(at(5));
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace iroh::sim
