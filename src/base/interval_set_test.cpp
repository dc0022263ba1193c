// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/interval_set.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace iroh::base {
namespace {

std::vector<Interval> intervals_of(const IntervalSet& set) {
  return {set.begin(), set.end()};
}

TEST(IntervalSet, MergesWhatTouches) {
  IntervalSet set;
  set.insert({10, 20});
  set.insert({30, 40});
  EXPECT_EQ(set.interval_count(), 2u);
  set.insert({20, 30});
  EXPECT_EQ(intervals_of(set), (std::vector<Interval>{{10, 40}}));
  set.insert(9);
  set.insert({40, 41});
  EXPECT_EQ(intervals_of(set), (std::vector<Interval>{{9, 41}}));
}

TEST(IntervalSet, SplitsWhenTheMiddleIsRemoved) {
  IntervalSet set;
  set.insert({0, 100});
  set.remove({40, 60});
  EXPECT_EQ(intervals_of(set), (std::vector<Interval>{{0, 40}, {60, 100}}));
  set.remove({30, 70});
  EXPECT_EQ(intervals_of(set), (std::vector<Interval>{{0, 30}, {70, 100}}));
  set.remove({0, 100});
  EXPECT_TRUE(set.is_empty());
}

TEST(IntervalSet, RefusesToGrowBeyondItsBoundAndStaysAsItWas) {
  IntervalSet set(2);
  EXPECT_TRUE(set.insert({0, 10}));
  EXPECT_TRUE(set.insert({20, 30}));
  EXPECT_FALSE(set.insert({40, 50}));
  EXPECT_FALSE(set.remove({4, 5}));
  EXPECT_EQ(intervals_of(set), (std::vector<Interval>{{0, 10}, {20, 30}}));
  EXPECT_TRUE(set.insert({30, 31}));
  EXPECT_TRUE(set.insert({10, 20}));
  EXPECT_EQ(intervals_of(set), (std::vector<Interval>{{0, 31}}));
}

TEST(IntervalSet, PopsTheSmallestNumbers) {
  IntervalSet set;
  set.insert(1);
  set.insert(5);
  set.pop_front();
  EXPECT_EQ(intervals_of(set), (std::vector<Interval>{{5, 6}}));
}

TEST(IntervalSet, HoldsTheLargestNumbers) {
  IntervalSet set;
  set.insert({UINT64_MAX - 1, UINT64_MAX});
  EXPECT_TRUE(set.contains(UINT64_MAX - 1));
  EXPECT_FALSE(set.contains(UINT64_MAX));
}

/// A set of numbers below 64, twice: as intervals and one by one.
class Twins {
 public:
  explicit Twins(std::uint64_t seed) : random_(seed) {}

  void step() {
    const Interval interval = random_interval();
    const bool is_insertion = random_.chance(3, 5);
    EXPECT_TRUE(is_insertion ? set_.insert(interval) : set_.remove(interval));
    for (auto value = interval.begin; value < interval.end; ++value) {
      if (is_insertion) {
        naive_.insert(value);
      } else {
        naive_.erase(value);
      }
    }
  }

  void check() {
    for (std::uint64_t value = 0; value < 70; ++value) ASSERT_EQ(set_.contains(value), naive_.contains(value));
    const Interval asked = random_interval();
    std::uint64_t count = 0;
    for (auto value = asked.begin; value < asked.end; ++value) count += naive_.contains(value) ? 1u : 0u;
    ASSERT_EQ(set_.count_in(asked), count);
    ASSERT_EQ(set_.contains(asked), count == asked.length());
    // Sorted, not empty, with a gap before the next one.
    for (auto at = set_.begin(); at != set_.end(); ++at) {
      ASSERT_FALSE(at->is_empty());
      ASSERT_TRUE(at == set_.begin() || (at - 1)->end < at->begin);
    }
  }

 private:
  Interval random_interval() {
    const auto begin = random_.below(64);
    return {begin, begin + random_.below(65 - begin)};
  }

  SeededRandom random_;
  IntervalSet set_;
  std::set<std::uint64_t> naive_;
};

TEST(IntervalSet, AgreesWithASetOfNumbers) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Twins twins(seed);
    for (int i = 0; i < 40; ++i) {
      twins.step();
      twins.check();
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
  }
}

}  // namespace
}  // namespace iroh::base
