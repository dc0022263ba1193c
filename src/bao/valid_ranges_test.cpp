// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bao/valid_ranges.hpp"

#include <gtest/gtest.h>

#include "bao/test_support.hpp"
#include "blake3/test_data.hpp"

namespace iroh::bao {
namespace {

struct Stored {
  explicit Stored(std::size_t n) : data(blake3::letter_pattern(n)), outboard(make_outboard(data)), size(n) {}

  ValidRanges scan(const ChunkRanges& query = ChunkRanges::all()) {
    MemorySource source(data, outboard.bytes);
    return find_valid_ranges(source, outboard.hash, Geometry(size), query);
  }

  std::vector<std::byte> data;
  Outboard outboard;
  std::uint64_t size;
};

// [blobs.md 23]
TEST(ValidRanges, FindsEverythingInACompleteBlob) {
  for (const std::size_t size : {0u, 1u, 1024u, 16'384u, 16'385u, 100'000u, 3'000'000u}) {
    Stored stored(size);
    const auto found = stored.scan();
    EXPECT_EQ(found.ranges, ChunkRanges::range(0, Geometry(size).chunks())) << size;
    EXPECT_FALSE(found.first_error);
  }
}

// [blobs.md 23]
TEST(ValidRanges, LeavesOutGroupsWhoseDataIsWrongOrMissing) {
  Stored stored(100'000);  // 98 chunks, 7 groups
  stored.data[20 * 1024] ^= std::byte{1};
  stored.data[40 * 1024] = std::byte{};
  const auto found = stored.scan();
  EXPECT_EQ(found.ranges, ChunkRanges::range(0, 16) | ChunkRanges::range(48, 98));
  EXPECT_EQ(found.first_error, (Error{ErrorKind::leaf_mismatch, {16, 32}}));
  stored.data.resize(90'000);
  EXPECT_EQ(stored.scan().ranges, ChunkRanges::range(0, 16) | ChunkRanges::range(48, 80));
}

// [blobs.md 23]
TEST(ValidRanges, LeavesOutWhatLiesBelowAWrongPair) {
  Stored stored(100'000);
  stored.outboard.bytes[2 * pair_size] ^= std::byte{1};  // the pair of chunks [0, 32)
  EXPECT_EQ(stored.scan().ranges, ChunkRanges::range(32, 98));
  std::ranges::fill(stored.outboard.bytes, std::byte{});
  EXPECT_TRUE(stored.scan().ranges.is_empty());
}

// [blobs.md 23] A pair past the end of the outboard drops out; the scan goes on with its siblings.
TEST(ValidRanges, GoesOnAfterTheEndOfTheOutboard) {
  Stored stored(100'000);
  stored.outboard.bytes.resize(4 * pair_size);  // without [64, 98) and [64, 96)
  EXPECT_EQ(stored.scan().ranges, ChunkRanges::range(0, 64));
}

// [blobs.md 23]
TEST(ValidRanges, FindsNothingUnderAWrongSize) {
  Stored stored(100'000);
  stored.size = 99'999;
  EXPECT_EQ(stored.scan().ranges, ChunkRanges::range(0, 96));
  stored.size = 200'000;
  EXPECT_TRUE(stored.scan().ranges.is_empty());
  Stored small(1000);
  small.size = 999;
  EXPECT_TRUE(small.scan().ranges.is_empty());
}

TEST(ValidRanges, LooksOnlyWhereTheQueryAsks) {
  Stored stored(100'000);
  EXPECT_TRUE(stored.scan(ChunkRanges()).ranges.is_empty());
  EXPECT_EQ(stored.scan(ChunkRanges::chunk(20)).ranges, ChunkRanges::range(16, 32));
  EXPECT_EQ(stored.scan(ChunkRanges::last_chunk()).ranges, ChunkRanges::range(96, 98));
}

class FailingSource final : public Source {
 public:
  explicit FailingSource(Stored& stored) : source_(stored.data, stored.outboard.bytes) {}
  std::expected<std::optional<Pair>, ReadError> pair(std::uint64_t index) override { return source_.pair(index); }
  std::expected<ByteSpan, ReadError> data(std::uint64_t offset, std::size_t needed, std::size_t) override {
    if (offset >= 32 * 1024) return std::unexpected(ReadError{});
    return source_.data(offset, needed, needed);
  }

 private:
  MemorySource source_;
};

// [blobs.md §2.10] What was found before a read error stays.
TEST(ValidRanges, EndsAtAReadError) {
  Stored stored(100'000);
  FailingSource source(stored);
  const auto found = find_valid_ranges(source, stored.outboard.hash, Geometry(stored.size), ChunkRanges::all());
  EXPECT_EQ(found.ranges, ChunkRanges::range(0, 32));
  EXPECT_FALSE(found.is_complete_scan);
  EXPECT_EQ(found.first_error, (Error{ErrorKind::io, {32, 48}}));
}

}  // namespace
}  // namespace iroh::bao
