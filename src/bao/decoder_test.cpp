// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bao/decoder.hpp"

#include <gtest/gtest.h>

#include "bao/naive_model.hpp"
#include "bao/test_support.hpp"
#include "blake3/test_data.hpp"

namespace iroh::bao {
namespace {

const Digest empty_hash = blake3::hash({});

// [blobs.md 18]
TEST(Decoder, GivesExactlyTheSelectedBytesAndTakesExactlyTheEncoding) {
  base::SeededRandom random(21);
  for (int round = 0; round < 200; ++round) {
    const unsigned group_log = random.chance(1, 4) ? 0 : 4;
    const auto data = blake3::official_pattern(interesting_size(random, group_log == 0 ? 50'000 : 700'000));
    const naive::Blob blob{data, std::uint64_t{1} << group_log};
    const ChunkRanges ranges = interesting_ranges(random, blob.chunks());
    auto encoding = naive::encode(blob, ranges);
    const std::size_t encoded_size = encoding.bytes.size();
    naive::append(encoding.bytes, blake3::official_pattern(50));  // the next blob of the stream
    const Decoded decoded =
        decode(encoding.bytes, blake3::hash(data), ranges, random, std::size_t{1} << random.below(18), group_log);
    ASSERT_FALSE(decoded.error) << decoded.error->to_string() << " " << data.size() << " " << ranges;
    EXPECT_TRUE(decoded.is_done);
    EXPECT_EQ(decoded.payload, encoding.payload);
    EXPECT_EQ(decoded.consumed, ranges.is_empty() ? 0 : encoded_size);
    EXPECT_EQ(decoded.ranges, Selection(ranges, Geometry(data.size())).to_ranges());
    EXPECT_EQ(decoded.is_size_proven, decoded.ranges.contains(blob.chunks() - 1));
  }
}

// [blobs.md 19] Nothing of the item with the wrong byte is delivered, and nothing after it.
TEST(Decoder, DetectsEveryWrongByteAtItsItem) {
  base::SeededRandom random(22);
  const auto data = blake3::official_pattern(60'000);
  const ChunkRanges ranges = ChunkRanges::range(3, 5) | ChunkRanges::range(16, 32) | ChunkRanges::last_chunk();
  const auto encoding = naive::encode({data}, ranges);
  for (std::size_t position = size_header_size; position < encoding.bytes.size(); position += 1 + random.below(7)) {
    auto wrong = encoding.bytes;
    wrong[position] ^= static_cast<std::byte>(1 + random.below(255));
    const Decoded decoded = decode(wrong, blake3::hash(data), ranges, random, 5000);
    ASSERT_TRUE(decoded.error) << position;
    EXPECT_TRUE(decoded.error->kind == ErrorKind::leaf_mismatch || decoded.error->kind == ErrorKind::parent_mismatch);
    const auto item_end = std::ranges::upper_bound(encoding.item_ends, position);
    EXPECT_EQ(decoded.consumed, *item_end) << position;
    ASSERT_LE(decoded.payload.size(), encoding.payload.size());
    EXPECT_TRUE(std::equal(decoded.payload.begin(), decoded.payload.end(), encoding.payload.begin())) << position;
  }
}

// [blobs.md 19] A wrong size cannot pass if the last chunk is asked for.
TEST(Decoder, DetectsEveryWrongSizeWhenTheLastChunkIsSelected) {
  base::SeededRandom random(23);
  for (const std::size_t size : {1u, 1024u, 1025u, 16'385u, 100'000u}) {
    const auto data = blake3::official_pattern(size);
    const auto encoding = naive::encode({data}, ChunkRanges::last_chunk());
    for (std::size_t position = 0; position < size_header_size; ++position) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        auto wrong = encoding.bytes;
        wrong[position] ^= static_cast<std::byte>(1u << bit);
        const Decoded decoded = decode(wrong, blake3::hash(data), ChunkRanges::last_chunk(), random, 5000);
        EXPECT_TRUE(decoded.error) << size << " " << position << " " << bit;
        EXPECT_FALSE(decoded.is_size_proven);
        EXPECT_TRUE(decoded.payload.empty());
      }
    }
  }
}

// [blobs.md 20]
TEST(Decoder, TellsWhereTheStreamEndedTooEarly) {
  base::SeededRandom random(24);
  const auto data = blake3::official_pattern(40'000);
  const ChunkRanges ranges = ChunkRanges::range(0, 2) | ChunkRanges::range(20, 23);
  const auto encoding = naive::encode({data}, ranges);
  for (std::size_t end = 0; end < encoding.bytes.size(); ++end) {
    const Decoded decoded = decode(ByteSpan(encoding.bytes).first(end), blake3::hash(data), ranges, random, 3000);
    ASSERT_TRUE(decoded.error) << end;
    const ErrorKind kind = decoded.error->kind;
    const bool is_item_end = std::ranges::binary_search(encoding.item_ends, end);
    if (end == 0) {
      EXPECT_EQ(kind, ErrorKind::size_missing);
    } else if (!is_item_end) {
      EXPECT_EQ(kind, ErrorKind::truncated) << end;
    } else {
      const auto next_end = *std::ranges::upper_bound(encoding.item_ends, end);
      EXPECT_EQ(kind, next_end - end == pair_size ? ErrorKind::parent_missing : ErrorKind::leaf_missing) << end;
    }
  }
}

// [blobs.md 21]
TEST(Decoder, TakesSizeZeroForTheEmptyBlobAlone) {
  base::SeededRandom random(25);
  const auto zero = encode_size(0);
  const Digest other = blake3::hash(blake3::official_pattern(5));
  const Decoded refused = decode(zero, other, ChunkRanges::all(), random, 100);
  EXPECT_EQ(refused.error, (Error{ErrorKind::leaf_mismatch, {0, 1}}));
  const Decoded accepted = decode(zero, empty_hash, ChunkRanges::all(), random, 100);
  EXPECT_FALSE(accepted.error);
  EXPECT_TRUE(accepted.is_done && accepted.is_size_proven);
  for (const std::uint64_t size : {1u, 1024u, 1025u, 16'385u}) {
    std::vector<std::byte> bytes(size_header_size + 20'000);
    std::ranges::copy(encode_size(size), bytes.begin());
    EXPECT_TRUE(decode(bytes, empty_hash, ChunkRanges::all(), random, 40'000).error) << size;
  }
}

// [blobs.md 22] Neither overflow nor memory: the input is some random bytes, and that is what a claim can cost.
TEST(Decoder, SurvivesAbsurdSizes) {
  base::SeededRandom random(26);
  for (const std::uint64_t size : {std::uint64_t{1} << 40, std::uint64_t{1} << 63, UINT64_MAX, UINT64_MAX - 1024}) {
    for (const ChunkRanges& ranges : {ChunkRanges::all(), ChunkRanges::last_chunk(), ChunkRanges::chunk(1'000'000)}) {
      std::vector<std::byte> bytes(size_header_size + 1000);
      random.fill(bytes);
      std::ranges::copy(encode_size(size), bytes.begin());
      const Decoded decoded = decode(bytes, empty_hash, ranges, random, 400);
      ASSERT_TRUE(decoded.error);
      EXPECT_EQ(decoded.error->kind, ErrorKind::parent_mismatch);
      EXPECT_EQ(decoded.consumed, size_header_size + pair_size);
    }
  }
}

/// A proof of the last chunk below left subtrees that nobody knows. [blobs.md §2.9]
TEST(Decoder, AcceptsAProofOfTheLargestSize) {
  base::SeededRandom random(27);
  const Geometry geometry(UINT64_MAX);
  std::vector<std::byte> last(1023);
  random.fill(last);
  Node node = {geometry.chunks() - 1, geometry.chunks()};
  Digest value = blake3::subtree(last, node.begin);
  std::vector<std::byte> pairs;
  for (std::uint64_t chunks = 2; chunks <= geometry.chunks(); chunks *= 2) {
    Digest left;
    random.fill(left);
    std::vector<std::byte> pair(left.begin(), left.end());
    pair.insert(pair.end(), value.begin(), value.end());
    pairs.insert(pairs.begin(), pair.begin(), pair.end());
    value = blake3::parent(left, value, chunks == geometry.chunks() ? blake3::Node::root : blake3::Node::inner);
  }
  const auto header = encode_size(UINT64_MAX);
  std::vector<std::byte> bytes(header.begin(), header.end());
  naive::append(bytes, pairs);
  naive::append(bytes, last);
  const Decoded decoded = decode(bytes, value, ChunkRanges::last_chunk(), random, 1000);
  EXPECT_FALSE(decoded.error);
  EXPECT_TRUE(decoded.is_size_proven);
  EXPECT_EQ(decoded.payload, last);
}

}  // namespace
}  // namespace iroh::bao
