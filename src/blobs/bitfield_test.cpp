// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/bitfield.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "base/random.hpp"
#include "iroh/blobs/tag.hpp"

namespace iroh::blobs {
namespace {

Bitfield random_bitfield(base::Random& random) {
  ChunkRanges ranges;
  for (std::uint64_t i = random.below(4); i > 0; --i) {
    const std::uint64_t begin = random.below(12);
    ranges |= ChunkRanges::range(begin, begin + 1 + random.below(6));
  }
  return {random.below(12'000), random.chance(1, 6) ? ranges | ChunkRanges::from(8) : ranges};
}

// [blobs.md 56]
TEST(Bitfield, IsCanonical) {
  constexpr std::uint64_t size = 10 * 1024;
  EXPECT_EQ(Bitfield(size, ChunkRanges::range(0, 10)).ranges(), ChunkRanges::all());
  EXPECT_EQ(Bitfield(size, ChunkRanges::chunk(9)).ranges(), ChunkRanges::from(9));
  EXPECT_EQ(Bitfield(size, ChunkRanges::chunk(3)).ranges(), ChunkRanges::chunk(3));
  EXPECT_TRUE(Bitfield(size, ChunkRanges::chunk(9)).is_validated());
  EXPECT_FALSE(Bitfield(size, ChunkRanges::chunk(9)).is_complete());
  EXPECT_FALSE(Bitfield(size, ChunkRanges::chunk(3)).is_validated());
  EXPECT_TRUE(Bitfield::complete(0).is_complete() && Bitfield::complete(0).is_validated());
  EXPECT_FALSE(Bitfield().is_complete());
}

// [blobs.md 56]
TEST(Bitfield, CombinesInAnyOrderAndIgnoresTheEmptyOne) {
  base::SeededRandom random(1);
  for (int round = 0; round < 3000; ++round) {
    const Bitfield a = random_bitfield(random);
    const Bitfield b = random_bitfield(random);
    EXPECT_EQ(a.combine(b), b.combine(a));
    EXPECT_EQ(a.difference(b), b.difference(a));
    if (a.ranges().is_empty()) continue;
    EXPECT_EQ(a.combine(Bitfield()), a) << a.size() << a.ranges();
  }
}

// [blobs.md 56] A proven size beats every claim.
TEST(Bitfield, PrefersTheProvenSize) {
  const Bitfield proven(5000, ChunkRanges::last_chunk() | ChunkRanges::chunk(4));
  const Bitfield claimed(1'000'000, ChunkRanges::range(0, 700));
  EXPECT_EQ(proven.combine(claimed).size(), 5000u);
  const Bitfield nearer(9999, ChunkRanges::range(0, 2));
  const Bitfield farther(8888, ChunkRanges::range(2, 3));
  EXPECT_EQ(nearer.combine(farther).size(), 8888u);
  EXPECT_EQ(Bitfield(10, {}).combine(Bitfield(20, {})).size(), 20u);
}

// [blobs.md 56]
TEST(Bitfield, TellsChangesOfStateFromMereProgress) {
  const Bitfield some(10 * 1024, ChunkRanges::range(0, 3));
  EXPECT_FALSE(some.differs_in_state(Bitfield(10 * 1024, ChunkRanges::range(0, 5))));
  EXPECT_TRUE(some.differs_in_state(Bitfield(10 * 1024, ChunkRanges::chunk(9))));
  EXPECT_TRUE(some.differs_in_state(Bitfield::complete(10 * 1024)));
}

TEST(Bitfield, CountsBytesUpToTheSize) {
  EXPECT_EQ(Bitfield::complete(5000).total_bytes(), 5000u);
  EXPECT_EQ(Bitfield(5000, ChunkRanges::chunk(4)).total_bytes(), 5000u - 4096u);
  EXPECT_EQ(Bitfield(5000, ChunkRanges::range(1, 3)).total_bytes(), 2048u);
  EXPECT_EQ(Bitfield(5000, ChunkRanges::range(100, 200)).total_bytes(), 0u);
}

// [blobs.md §4.3.1] The payloads of the vectors of §4.3.1, without their checksums.
TEST(Bitfield, EqualsTheVectors) {
  const Bitfield first(100'000, ChunkRanges::range(16, 32));
  EXPECT_EQ(base::to_hex(first.to_bytes()), "03a08d061020");
  const Bitfield second(1'048'577, ChunkRanges::range(0, 512));
  EXPECT_EQ(base::to_hex(second.to_bytes()), "03818040008004");
  for (const Bitfield& bitfield : {first, second, Bitfield(), Bitfield::complete(7)}) {
    EXPECT_EQ(Bitfield::from_bytes(bitfield.to_bytes()), bitfield);
  }
}

// [blobs.md §3.7]
TEST(Bitfield, SortsOutWhatPeersSend) {
  const auto read = [](const char* hex) { return Bitfield::from_bytes(*base::from_hex(hex)); };
  EXPECT_EQ(read("05a08d0620101818"), Bitfield(100'000, ChunkRanges::range(16, 32)));
  for (const char* hex : {"", "00", "01", "03a08d0610", "ffffffffffffffffff0101"}) EXPECT_FALSE(read(hex)) << hex;
}

// [blobs.md 8]
TEST(TagName, BoundsAllNamesWithAPrefix) {
  EXPECT_EQ(TagName("abc").after_prefix(), TagName("abd"));
  EXPECT_EQ(TagName("a\xff").after_prefix(), TagName("b"));
  EXPECT_FALSE(TagName("\xff\xff").after_prefix());
  EXPECT_FALSE(TagName("").after_prefix());
  const TagRange range = TagRange::prefix("a\xff");
  EXPECT_TRUE(range.contains("a\xff"));
  EXPECT_TRUE(range.contains("a\xff\xff\xff"));
  EXPECT_FALSE(range.contains("b"));
  EXPECT_TRUE(TagRange::closed("a", "c").contains("c"));
  EXPECT_FALSE(TagRange::closed("a", "c").contains(TagName("c").successor()));
}

TEST(TagName, IsShownAsTextOrHex) {
  EXPECT_EQ(TagName("ü").to_string(), "\"ü\"");
  EXPECT_EQ(TagName("\xff\x01").to_string(), "ff01");
}

// [blobs.md 9]
TEST(TagName, MadeAutomaticallyIsTheTime) {
  const auto time = std::chrono::sys_days(std::chrono::year(2026) / 11 / 5) +
                    std::chrono::milliseconds(((9 * 60 + 8) * 60 + 7) * 1000 + 6);
  EXPECT_EQ(TagName::automatic(time, 0), "auto-2026-11-05T09:08:07.006Z");
  EXPECT_EQ(TagName::automatic(time, 2), "auto-2026-11-05T09:08:07.006Z-2");
}

}  // namespace
}  // namespace iroh::blobs
