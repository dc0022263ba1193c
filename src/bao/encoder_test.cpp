// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bao/encoder.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "bao/bao_vectors.hpp"
#include "bao/encoding_vectors.hpp"
#include "bao/naive_model.hpp"
#include "bao/test_support.hpp"
#include "base/hex.hpp"
#include "blake3/test_data.hpp"

namespace iroh::bao {
namespace {

std::string hash_text(ByteSpan bytes) {
  return base::to_hex(blake3::hash(bytes));
}

void expect_vector(ByteSpan data, const EncodingVector& vector) {
  const auto ranges = ChunkRanges::from_boundaries(vector.boundaries);
  const Encoded encoded = encode(data, *ranges);
  EXPECT_FALSE(encoded.error);
  EXPECT_EQ(encoded.bytes.size(), vector.encoded_size) << vector.size << " " << *ranges;
  EXPECT_EQ(hash_text(encoded.bytes), vector.encoding_hash) << vector.size << " " << *ranges;
  EXPECT_EQ(encoded.pairs, vector.pairs.value_or(encoded.pairs)) << vector.size << " " << *ranges;
  EXPECT_EQ(encoded.leaves, vector.leaves.value_or(encoded.leaves)) << vector.size << " " << *ranges;
}

// [blobs.md 16]
TEST(Encoder, EqualsTheVectorsByteForByte) {
  const auto letters = blake3::letter_pattern(8'388'608);
  const auto official = blake3::official_pattern(102'400);
  for (const EncodingVector& vector : letter_encodings) expect_vector(ByteSpan(letters).first(vector.size), vector);
  for (const EncodingVector& vector : official_encodings) expect_vector(ByteSpan(official).first(vector.size), vector);
}

std::vector<std::byte> counting_input(std::size_t size) {
  std::vector<std::byte> input;
  for (std::uint32_t number = 1; input.size() < size; ++number) {
    for (unsigned i = 0; i < 4; ++i) input.push_back(static_cast<std::byte>(number >> (8 * i)));
  }
  input.resize(size);
  return input;
}

// [blobs.md 17]
TEST(Encoder, WithGroupsOfOneChunkMakesThePublishedBaoEncodings) {
  for (const BaoVector& vector : bao_vectors) {
    const auto input = counting_input(vector.size);
    const Encoded encoded = encode(input, ChunkRanges::all(), 0);
    EXPECT_EQ(hash_text(input), vector.hash);
    EXPECT_EQ(encoded.bytes.size(), vector.encoded_size);
    EXPECT_EQ(hash_text(encoded.bytes), vector.encoding_hash) << vector.size;
    auto outboard = make_outboard(input, 0).bytes;
    const auto size = encode_size(input.size());
    outboard.insert(outboard.begin(), size.begin(), size.end());
    EXPECT_EQ(outboard.size(), vector.outboard_size);
    EXPECT_EQ(hash_text(outboard), vector.outboard_hash) << vector.size;
  }
}

// [blobs.md 17] A slice of nothing is the chunk at its begin.
TEST(Encoder, WithGroupsOfOneChunkMakesThePublishedBaoSlices) {
  for (const SliceVector& vector : slice_vectors) {
    const auto ranges = ChunkRanges::bytes(vector.begin, vector.begin + std::max<std::uint64_t>(1, vector.length));
    const Encoded encoded = encode(counting_input(vector.size), ranges, 0);
    EXPECT_EQ(encoded.bytes.size(), vector.slice_size) << vector.size << " " << vector.begin << " " << vector.length;
    EXPECT_EQ(hash_text(encoded.bytes), vector.slice_hash) << vector.size << " " << vector.begin;
  }
}

// [blobs.md §7.3.6]
TEST(Encoder, EqualsTheNaiveTwinForRandomSizesAndRanges) {
  base::SeededRandom random(11);
  for (int round = 0; round < 150; ++round) {
    const unsigned group_log = random.chance(1, 4) ? 0 : 4;
    const auto data = blake3::official_pattern(interesting_size(random, group_log == 0 ? 50'000 : 700'000));
    const naive::Blob blob{data, std::uint64_t{1} << group_log};
    const ChunkRanges ranges = interesting_ranges(random, blob.chunks());
    const auto expected = naive::encode(blob, ranges);
    const Encoded encoded = encode(data, ranges, group_log);
    ASSERT_EQ(encoded.bytes, expected.bytes) << data.size() << " " << ranges;
    EXPECT_EQ(encoded.pairs, expected.pairs);
    EXPECT_EQ(encoded.leaves, expected.leaves);
  }
}

/// Gives as little at a time as the contract allows, from a buffer of its own that the next call overwrites.
class StingySource final : public Source {
 public:
  StingySource(ByteSpan data, ByteSpan outboard, base::Random& random) noexcept
      : all_(data), outboard_(data, outboard), random_(random) {}

  std::expected<std::optional<Pair>, ReadError> pair(std::uint64_t index) override { return outboard_.pair(index); }
  std::expected<ByteSpan, ReadError> data(std::uint64_t offset, std::size_t needed, std::size_t useful) override {
    EXPECT_LE(needed, useful);
    const std::size_t count = needed + random_.below(useful - needed + 1);
    const ByteSpan view = all_.subspan(static_cast<std::size_t>(offset), count);
    buffer_.assign(view.begin(), view.end());
    return buffer_;
  }

 private:
  ByteSpan all_;
  MemorySource outboard_;
  base::Random& random_;
  std::vector<std::byte> buffer_;
};

TEST(Encoder, WorksWithSourcesThatGiveNoMoreThanNeeded) {
  base::SeededRandom random(12);
  for (int round = 0; round < 40; ++round) {
    const auto data = blake3::official_pattern(interesting_size(random, 3'000'000));
    const Geometry geometry(data.size());
    const ChunkRanges ranges = interesting_ranges(random, geometry.chunks());
    const Outboard outboard = make_outboard(data);
    StingySource source(data, outboard.bytes, random);
    const Encoded encoded = encode(source, outboard.hash, geometry, ranges);
    ASSERT_FALSE(encoded.error) << encoded.error->to_string();
    EXPECT_EQ(encoded.bytes, encode(data, ranges).bytes) << data.size() << " " << ranges;
  }
}

// [blobs.md §2.7] Whatever is stored wrongly, nothing wrong is sent: the encoding is a prefix of the right one.
TEST(Encoder, StopsBeforeWhatIsCorruptOrMissing) {
  base::SeededRandom random(13);
  const auto data = blake3::official_pattern(500'000);
  const Outboard outboard = make_outboard(data);
  const auto right = encode(data, ChunkRanges::all());
  for (int round = 0; round < 60; ++round) {
    auto stored_data = data;
    auto stored_pairs = outboard.bytes;
    switch (round % 4) {
      case 0:
        stored_data[random.below(stored_data.size())] ^= std::byte{1};
        break;
      case 1:
        stored_pairs[random.below(stored_pairs.size())] ^= std::byte{0x80};
        break;
      case 2:
        stored_data.resize(random.below(stored_data.size()));
        break;
      default:
        stored_pairs.resize(random.below(stored_pairs.size()));
        break;
    }
    MemorySource source(stored_data, stored_pairs);
    const Encoded encoded = encode(source, outboard.hash, Geometry(data.size()), ChunkRanges::all());
    ASSERT_TRUE(encoded.error);
    constexpr ErrorKind kinds[] = {ErrorKind::leaf_mismatch, ErrorKind::parent_mismatch, ErrorKind::leaf_missing,
                                   ErrorKind::parent_missing};
    EXPECT_EQ(encoded.error->kind, kinds[round % 4]);
    ASSERT_LT(encoded.bytes.size(), right.bytes.size());
    EXPECT_EQ(std::memcmp(encoded.bytes.data(), right.bytes.data(), encoded.bytes.size()), 0);
  }
}

TEST(Encoder, SendsNothingForAnEmptySet) {
  EXPECT_EQ(encode(blake3::letter_pattern(100'000), ChunkRanges()).bytes.size(), size_header_size);
}

}  // namespace
}  // namespace iroh::bao
