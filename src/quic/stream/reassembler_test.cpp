// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/reassembler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "quic/stream/chunk.hpp"
#include "quic/stream/test_packet.hpp"

namespace iroh::quic {
namespace {

using test::is_pattern;
using test::pattern_bytes;

TEST(Reassembler, HandsOutDataInOrderWithoutCopyingIt) {
  Reassembler reassembler;
  const Bytes data = pattern_bytes(0, 1400);
  ASSERT_TRUE(reassembler.insert(0, data));
  const Bytes read = reassembler.read(10'000);
  EXPECT_EQ(read.data(), data.data());
  EXPECT_EQ(read.size(), 1400u);
  EXPECT_EQ(reassembler.read_offset(), 1400u);
  EXPECT_TRUE(reassembler.read(10).empty());
}

TEST(Reassembler, SplitsASliceThatIsLargerThanAskedFor) {
  Reassembler reassembler;
  ASSERT_TRUE(reassembler.insert(0, pattern_bytes(0, 1400)));
  EXPECT_TRUE(reassembler.read(0).empty());
  EXPECT_TRUE(is_pattern(0, reassembler.read(1000)));
  const Bytes rest = reassembler.read(1000);
  EXPECT_EQ(rest.size(), 400u);
  EXPECT_TRUE(is_pattern(1000, rest));
}

TEST(Reassembler, WaitsForAGapToBeFilled) {
  Reassembler reassembler;
  ASSERT_TRUE(reassembler.insert(1400, pattern_bytes(1400, 1400)));
  EXPECT_FALSE(reassembler.has_contiguous());
  EXPECT_EQ(reassembler.gap_count(), 1u);
  EXPECT_EQ(reassembler.buffered(), 1400u);
  ASSERT_TRUE(reassembler.insert(0, pattern_bytes(0, 2000)));
  EXPECT_EQ(reassembler.gap_count(), 0u);
  EXPECT_EQ(reassembler.contiguous_end(), 2800u);
  EXPECT_EQ(reassembler.buffered(), 2800u);
}

// A slice keeps a whole receive buffer alive; small ones must not. [performance.md §2.2]
TEST(Reassembler, DoesNotPinTheReceiveBufferForSmallSlices) {
  const Bytes slab = pattern_bytes(0, 64 * 1024);
  Reassembler reassembler;
  ASSERT_TRUE(reassembler.insert(0, slab.slice(0, 1)));
  ASSERT_TRUE(reassembler.insert(100, slab.slice(100, 1)));
  EXPECT_TRUE(slab.owner().get()->is_unique());
  ASSERT_TRUE(reassembler.insert(5000, slab.slice(5000, 1400)));
  EXPECT_FALSE(slab.owner().get()->is_unique());
}

TEST(Reassembler, JoinsSmallSlicesThatAreNotReadAtOnce) {
  Reassembler reassembler;
  for (std::uint64_t i = 0; i < 1000; ++i) ASSERT_TRUE(reassembler.insert(i, pattern_bytes(i, 1)));
  std::size_t slices = 0;
  std::uint64_t offset = 0;
  for (Bytes read = reassembler.read(10'000); !read.empty(); read = reassembler.read(10'000)) {
    EXPECT_TRUE(is_pattern(offset, read));
    offset += read.size();
    ++slices;
  }
  EXPECT_EQ(offset, 1000u);
  EXPECT_LE(slices, 6u);  // chunks grow with what is there
}

// [quic.md 92] 1024 gaps work, one more does not.
TEST(Reassembler, BoundsTheNumberOfGaps) {
  Reassembler reassembler;
  for (std::uint64_t i = 1; i <= Reassembler::gaps_max; ++i)
    ASSERT_TRUE(reassembler.insert(2 * i, pattern_bytes(2 * i, 1)));
  EXPECT_EQ(reassembler.gap_count(), 1024u);
  const auto error = reassembler.insert(2 * 1025, pattern_bytes(2 * 1025, 1));
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().code, ErrorCode::internal_error);
}

// [quic.md 92] Duplicates do not count as pieces, however many come.
TEST(Reassembler, IgnoresAFloodOfDuplicates) {
  Reassembler reassembler;
  for (std::uint64_t i = 1; i <= Reassembler::gaps_max; ++i)
    ASSERT_TRUE(reassembler.insert(2 * i, pattern_bytes(2 * i, 1)));
  for (int repeat = 0; repeat < 5; ++repeat) {
    for (std::uint64_t i = 1; i <= Reassembler::gaps_max; ++i)
      ASSERT_TRUE(reassembler.insert(2 * i, pattern_bytes(2 * i, 1)));
  }
  EXPECT_EQ(reassembler.gap_count(), 1024u);
  EXPECT_EQ(reassembler.buffered(), 1024u);
}

// Pieces that touch are one run with one gap before it, even if they are many.
TEST(Reassembler, CountsAdjacentPiecesOnce) {
  Reassembler reassembler;
  for (std::uint64_t i = 5000; i > 1; --i) ASSERT_TRUE(reassembler.insert(i, pattern_bytes(i, 1)));
  EXPECT_EQ(reassembler.gap_count(), 1u);
  ASSERT_TRUE(reassembler.insert(0, pattern_bytes(0, 2)));
  std::uint64_t offset = 0;
  for (Bytes read = reassembler.read(10'000); !read.empty(); read = reassembler.read(10'000)) {
    EXPECT_TRUE(is_pattern(offset, read));
    offset += read.size();
  }
  EXPECT_EQ(offset, 5001u);
}

TEST(Reassembler, ForgetsEverythingWhenDiscarded) {
  Reassembler reassembler;
  ASSERT_TRUE(reassembler.insert(0, pattern_bytes(0, 1400)));
  ASSERT_TRUE(reassembler.insert(3000, pattern_bytes(3000, 1400)));
  reassembler.discard();
  EXPECT_EQ(reassembler.buffered(), 0u);
  EXPECT_FALSE(reassembler.has_contiguous());
  EXPECT_TRUE(reassembler.read(100).empty());
}

/// One flag per byte instead of slices.
class NaiveReassembler {
 public:
  explicit NaiveReassembler(std::size_t size) : have_(size, '.') {}
  void insert(std::uint64_t offset, std::size_t size) { have_.replace(offset, size, size, '#'); }
  std::uint64_t contiguous_end() const { return std::min(have_.find('.'), have_.size()); }
  std::uint64_t count() const { return static_cast<std::uint64_t>(std::ranges::count(have_, '#')); }
  std::size_t gaps() const {
    std::size_t gaps = 0;
    for (std::size_t at = have_.find(".#"); at != std::string::npos; at = have_.find(".#", at + 1)) ++gaps;
    return gaps;
  }

 private:
  std::string have_;
};

TEST(Reassembler, AgreesWithANaiveTwinUnderRandomOverlaps) {
  constexpr std::size_t size = 600;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    base::SeededRandom random(seed);
    const std::uint64_t piece_max = random.chance(1, 2) ? 10 : 250;
    Reassembler reassembler;
    NaiveReassembler twin(size);
    std::uint64_t read = 0;
    while (read < size) {
      const std::uint64_t offset = random.below(size);
      const std::size_t length = std::min<std::size_t>(random.below(piece_max + 1), size - offset);
      ASSERT_TRUE(reassembler.insert(offset, pattern_bytes(offset, length)));
      twin.insert(offset, length);
      if (random.chance(1, 3)) {
        const Bytes data = reassembler.read(1 + random.below(300));
        ASSERT_TRUE(is_pattern(read, data)) << "seed " << seed;
        read += data.size();
      }
      ASSERT_EQ(reassembler.contiguous_end(), twin.contiguous_end()) << "seed " << seed;
      if (!random.chance(1, 4)) continue;
      ASSERT_EQ(reassembler.buffered(), twin.count() - read) << "seed " << seed;
      ASSERT_EQ(reassembler.gap_count(), twin.gaps()) << "seed " << seed;
    }
    EXPECT_EQ(read, size);
  }
}

// Large out-of-order amounts are compacted on the way; nothing may get lost by that.
TEST(Reassembler, SurvivesCompactionOfManyPieces) {
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    base::SeededRandom random(seed);
    constexpr std::uint64_t piece = 300;
    constexpr std::uint64_t count = 3000;
    Reassembler reassembler;
    std::vector<std::uint64_t> order;
    for (std::uint64_t i = 1; i < count; ++i) order.push_back(i);
    // Shuffled within blocks only, so that the number of gaps stays small.
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
      std::swap(order[i], order[std::min<std::size_t>(order.size() - 1, i + random.below(64))]);
    }
    for (const std::uint64_t i : order) ASSERT_TRUE(reassembler.insert(i * piece, pattern_bytes(i * piece, piece)));
    EXPECT_EQ(reassembler.buffered(), (count - 1) * piece);
    ASSERT_TRUE(reassembler.insert(0, pattern_bytes(0, piece)));
    std::uint64_t offset = 0;
    for (Bytes read = reassembler.read(100'000); !read.empty(); read = reassembler.read(100'000)) {
      ASSERT_TRUE(is_pattern(offset, read));
      offset += read.size();
    }
    EXPECT_EQ(offset, count * piece);
  }
}

}  // namespace
}  // namespace iroh::quic
