// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/chunk_ranges.hpp"

#include <gtest/gtest.h>

#include <bitset>

#include "bao/naive_model.hpp"
#include "bao/range_spec.hpp"
#include "bao/selection.hpp"
#include "base/hex.hpp"
#include "base/random.hpp"

namespace iroh::bao {
namespace {

constexpr std::size_t universe = 64;
using Bits = std::bitset<universe + 1>;  // the last bit stands for everything beyond

Bits bits_of(const ChunkRanges& ranges) {
  Bits bits;
  for (std::size_t i = 0; i < universe; ++i) bits[i] = ranges.contains(i);
  bits[universe] = ranges.is_open_ended();
  return bits;
}

ChunkRanges random_ranges(base::Random& random) {
  std::set<std::uint64_t> boundaries;
  for (std::uint64_t i = random.below(9); i > 0; --i) boundaries.insert(random.below(universe));
  return *ChunkRanges::from_boundaries({boundaries.begin(), boundaries.end()});
}

// [blobs.md 14]
TEST(ChunkRanges, ObeyTheAlgebraOfBits) {
  base::SeededRandom random(1);
  for (int round = 0; round < 3000; ++round) {
    const ChunkRanges a = random_ranges(random);
    const ChunkRanges b = random_ranges(random);
    EXPECT_EQ(bits_of(a | b), bits_of(a) | bits_of(b));
    EXPECT_EQ(bits_of(a & b), bits_of(a) & bits_of(b));
    EXPECT_EQ(bits_of(a - b), bits_of(a) & ~bits_of(b));
    EXPECT_EQ(bits_of(a ^ b), bits_of(a) ^ bits_of(b));
    for (const ChunkRanges& made : {a | b, a & b, a - b, a ^ b}) {
      const auto boundaries = made.boundaries();
      EXPECT_TRUE(ChunkRanges::from_boundaries({boundaries.begin(), boundaries.end()})) << made;
    }
  }
}

TEST(ChunkRanges, AnswerQuestionsAboutIntervalsAsBitsDo) {
  base::SeededRandom random(2);
  for (int round = 0; round < 2000; ++round) {
    const ChunkRanges ranges = random_ranges(random);
    const Bits bits = bits_of(ranges);
    const std::uint64_t begin = random.below(universe);
    const std::uint64_t end = random.below(universe);
    std::size_t members = 0;
    for (std::uint64_t i = begin; i < end; ++i) members += bits[i] ? 1u : 0u;
    EXPECT_EQ(ranges.intersects(begin, end), members > 0);
    EXPECT_EQ(ranges.contains(begin, end), begin >= end || members == end - begin);
    Bits from;
    for (std::uint64_t i = begin; i <= universe; ++i) from[i] = bits[i];
    EXPECT_EQ(ranges.reaches(begin), from.any());
  }
}

// [blobs.md §2.4]
TEST(ChunkRanges, RoundByteRangesOutwards) {
  EXPECT_EQ(ChunkRanges::bytes(0, 1), ChunkRanges::range(0, 1));
  EXPECT_EQ(ChunkRanges::bytes(1023, 1025), ChunkRanges::range(0, 2));
  EXPECT_EQ(ChunkRanges::bytes(1024, 2048), ChunkRanges::range(1, 2));
  EXPECT_EQ(ChunkRanges::bytes(5, 5), ChunkRanges());
  EXPECT_EQ(ChunkRanges::bytes(0, UINT64_MAX), ChunkRanges::range(0, std::uint64_t{1} << 54));
}

TEST(ChunkRanges, RefuseBoundariesThatDoNotIncrease) {
  EXPECT_FALSE(ChunkRanges::from_boundaries({1, 1}));
  EXPECT_FALSE(ChunkRanges::from_boundaries({2, 1}));
  EXPECT_TRUE(ChunkRanges::from_boundaries({}));
}

// [blobs.md 15]
TEST(Selection, TakesTheLastChunkForWhateverLiesPastTheEnd) {
  const auto effective = [](const ChunkRanges& ranges, std::uint64_t size) {
    return Selection(ranges, Geometry(size)).to_ranges();
  };
  constexpr std::uint64_t size = 100'000;  // 98 chunks
  EXPECT_EQ(effective(ChunkRanges::last_chunk(), size), ChunkRanges::chunk(97));
  EXPECT_EQ(effective(ChunkRanges::range(0, 5) | ChunkRanges::from(200), size),
            ChunkRanges::range(0, 5) | ChunkRanges::chunk(97));
  EXPECT_EQ(effective(ChunkRanges::range(90, 200), size), ChunkRanges::range(90, 98));
  EXPECT_EQ(effective(ChunkRanges::range(98, 99), size), ChunkRanges::chunk(97));
  EXPECT_EQ(effective(ChunkRanges::range(90, 98), size), ChunkRanges::range(90, 98));
  EXPECT_EQ(effective(ChunkRanges(), size), ChunkRanges());
  EXPECT_EQ(effective(ChunkRanges(), 0), ChunkRanges());
  EXPECT_EQ(effective(ChunkRanges::chunk(7), 0), ChunkRanges::chunk(0));
  EXPECT_EQ(effective(ChunkRanges::chunk(1), 1024), ChunkRanges::chunk(0));
  EXPECT_EQ(effective(ChunkRanges::chunk(2), 2048), ChunkRanges::chunk(1));
}

TEST(Selection, AgreesWithPlainNumbers) {
  base::SeededRandom random(3);
  for (int round = 0; round < 2000; ++round) {
    const ChunkRanges ranges = random_ranges(random);
    const Geometry geometry(random.below(universe * 1024 + 2));
    const Selection selection(ranges, geometry);
    const auto effective = naive::effective_set(ranges, geometry.chunks());
    const std::uint64_t begin = random.below(geometry.chunks());
    const Node node = {begin, begin + 1 + random.below(geometry.chunks() - begin)};
    std::size_t members = 0;
    for (std::uint64_t i = node.begin; i < node.end; ++i) members += effective.count(i);
    EXPECT_EQ(selection.touches(node), members > 0) << ranges << geometry.size();
    EXPECT_EQ(selection.covers(node), members == node.chunks()) << ranges << geometry.size();
    for (std::uint64_t i = 0; i < geometry.chunks(); ++i) {
      EXPECT_EQ(selection.to_ranges().contains(i), effective.contains(i)) << ranges;
    }
  }
}

struct SpecVector {
  std::vector<std::uint64_t> boundaries;
  const char* bytes;
};

// [blobs.md 24] Both directions.
TEST(RangeSpec, EqualsTheVectors) {
  const SpecVector vectors[] = {{{}, "00"},
                                {{0}, "0100"},
                                {{64}, "0140"},
                                {{10'000}, "01904e"},
                                {{0, 64}, "020040"},
                                {{15}, "010f"},
                                {{5, 6}, "020501"},
                                {{1, 3, 9, 13}, "0401020604"},
                                {{2, 7, 10, 11}, "0402050301"},
                                {{UINT64_MAX}, "01ffffffffffffffffff01"},
                                {{0, 1, UINT64_MAX}, "030001feffffffffffffffff01"}};
  for (const SpecVector& vector : vectors) {
    const auto ranges = ChunkRanges::from_boundaries(vector.boundaries);
    base::PostcardWriter writer;
    write_range_spec(writer, *ranges);
    EXPECT_EQ(base::to_hex(writer.written()), vector.bytes);
    base::PostcardReader reader(writer.written());
    EXPECT_EQ(read_range_spec(reader), ranges);
    EXPECT_TRUE(reader.is_empty());
  }
}

// [blobs.md 3, 26], [blobs.md §3.3]
TEST(RangeSpec, RefusesWhatIsNotCanonicalOrNotWhole) {
  for (const char* hex :
       {"020000", "020100", "02ffffffffffffffffff0101", "", "01", "0201", "04010206", "ffffffffffffffffff01"}) {
    const auto bytes = base::from_hex(hex);
    base::PostcardReader reader(*bytes);
    EXPECT_FALSE(read_range_spec(reader)) << hex;
  }
}

// [blobs.md §0.2] Overlong numbers are a matter of the number encoding, not of the set.
TEST(RangeSpec, AcceptsOverlongNumbers) {
  const auto bytes = base::from_hex("0285008100");
  base::PostcardReader reader(*bytes);
  EXPECT_EQ(read_range_spec(reader), ChunkRanges::range(5, 6));
}

}  // namespace
}  // namespace iroh::bao
