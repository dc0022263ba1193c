// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace iroh::base {
namespace {

TEST(SeededRandom, GivesTheSameNumbersForTheSameSeed) {
  SeededRandom left(7);
  SeededRandom right(7);
  SeededRandom other(8);
  std::array<std::byte, 100> left_bytes{};
  std::array<std::byte, 100> right_bytes{};
  std::array<std::byte, 100> other_bytes{};
  left.fill(left_bytes);
  right.fill(right_bytes);
  other.fill(other_bytes);
  EXPECT_EQ(left_bytes, right_bytes);
  EXPECT_NE(left_bytes, other_bytes);
}

TEST(SeededRandom, StaysTheSameFromReleaseToRelease) {
  // xoshiro256** seeded with SplitMix64(0). Recorded simulation seeds depend on it.
  SeededRandom random(0);
  EXPECT_EQ(random.next_u64(), 11091344671253066420u);
  EXPECT_EQ(random.next_u64(), 13793997310169335082u);
}

TEST(SeededRandom, FillsEverySize) {
  SeededRandom random(9);
  for (std::size_t size = 0; size < 20; ++size) {
    std::vector<std::byte> bytes(size + 1, std::byte{0x5a});
    random.fill(std::span(bytes).first(size));
    EXPECT_EQ(bytes.back(), std::byte{0x5a});
  }
}

TEST(Random, StaysBelowTheBoundAndReachesEveryValue) {
  SeededRandom random(10);
  std::array<int, 7> counts{};
  for (int i = 0; i < 7000; ++i) ++counts.at(random.below(7));
  for (const int count : counts) {
    EXPECT_GT(count, 800);
    EXPECT_LT(count, 1200);
  }
  EXPECT_EQ(random.below(1), 0u);
}

/// Gives the numbers it is told to give.
class ScriptedRandom final : public Random {
 public:
  explicit ScriptedRandom(std::vector<std::uint64_t> values) : values_(std::move(values)) {}
  void fill(MutableByteSpan out) noexcept override {
    const auto bytes = std::as_bytes(std::span(&values_[next_++], 1));
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = bytes[i];
  }

 private:
  std::vector<std::uint64_t> values_;
  std::size_t next_ = 0;
};

TEST(Random, DrawsAgainWhereTheLastIntervalIsIncomplete) {
  ScriptedRandom random({UINT64_MAX, 5});
  EXPECT_EQ(random.below(std::uint64_t{1} << 63 | 1), 5u);
}

TEST(Random, ChanceIsAFraction) {
  SeededRandom random(11);
  EXPECT_FALSE(random.chance(0, 10));
  EXPECT_TRUE(random.chance(10, 10));
  int hits = 0;
  for (int i = 0; i < 10000; ++i) hits += random.chance(1, 4) ? 1 : 0;
  EXPECT_NEAR(hits, 2500, 250);
}

}  // namespace
}  // namespace iroh::base
