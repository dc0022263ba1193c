// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/transfer/local_content.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "blobs/protocol/request_codec.hpp"
#include "blobs/transfer/transfer_test_support.hpp"

namespace iroh::blobs {
namespace {

std::string hex(const GetRequest& request) {
  base::PostcardWriter writer;
  write_ranges_seq(writer, request.ranges);
  return base::to_hex(writer.written());
}

// [blobs.md 78]
TEST(LocalContent, AsksForTheRestOfABlob) {
  MemoryStore store;
  const auto data = blake3::letter_pattern(100'000);
  const Hash hash = Hash::of(data);
  auto info = *find_local(store, GetRequest::blob(hash));
  EXPECT_EQ(hex(info.missing), "020001000100");
  EXPECT_EQ(info.total_bytes, std::nullopt);
  add_part(store, data, ChunkRanges::range(0, 16));
  info = *find_local(store, GetRequest::blob(hash));
  EXPECT_EQ(hex(info.missing), "020001100100");
  EXPECT_EQ(info.local_bytes, 16'384U);
  add_part(store, data, ChunkRanges::last_chunk());
  EXPECT_EQ(find_local(store, GetRequest::blob(hash))->total_bytes, 100'000U);
  add_part(store, data, ChunkRanges::all());
  info = *find_local(store, GetRequest::blob(hash));
  EXPECT_TRUE(info.is_complete());
  EXPECT_EQ(hex(info.missing), "00");
  EXPECT_EQ(info.local_bytes, 100'000U);
}

// [blobs.md 78]
TEST(LocalContent, AsksForTheChildrenThatAreNotThere) {
  MemoryStore full;
  const Hash root = add_standard(full);
  EXPECT_TRUE(find_local(full, GetRequest::hash_seq(root))->is_complete());
  MemoryStore store;
  const Bytes sequence = *read_all(full, root, 1000);
  EXPECT_EQ(hex(find_local(store, GetRequest::hash_seq(root))->missing), "01000100");
  add(store, sequence);
  auto info = *find_local(store, GetRequest::hash_seq(root));
  EXPECT_EQ(hex(info.missing), "020201000700");  // the empty blob is there
  EXPECT_EQ(info.children, 8U);
  EXPECT_EQ(info.total_bytes, std::nullopt);
  for (const std::size_t size : standard_sizes) add_part(store, blake3::letter_pattern(size), ChunkRanges::chunk(0));
  EXPECT_EQ(hex(find_local(store, GetRequest::hash_seq(root))->missing), "020401010500");
  for (const std::size_t size : standard_sizes)
    add_part(store, blake3::letter_pattern(size), ChunkRanges::last_chunk());
  EXPECT_EQ(find_local(store, GetRequest::hash_seq(root))->total_bytes, 256U + 9'487'361U);
  // Parts of it that are there, [blobs.md §7.2].
  const auto first_chunks = ChunkRangesSeq::infinite(std::vector{ChunkRanges::all(), ChunkRanges::chunk(0)});
  EXPECT_TRUE(find_local(store, GetRequest{root, first_chunks})->is_complete());
  EXPECT_TRUE(find_local(store, GetRequest{root, ChunkRangesSeq::root(ChunkRanges::all())})->is_complete());
}

// [blobs.md 78] A HashSeq of 1029 children of which chunks [16, 32) are there, and chunk 0 of each child.
TEST(LocalContent, KnowsChildrenFromAPartOfTheSequence) {
  MemoryStore store;
  std::vector<Hash> hashes;
  std::uint64_t expected = 16'384;
  for (std::size_t i = 0; i < 1029; ++i) {
    hashes.push_back(add(store, letters(i)));
    if (i >= 512 && i < 1024) expected += i;
  }
  const Bytes sequence = HashSeq(hashes).bytes();
  const Hash root = add_part(store, sequence, ChunkRanges::range(16, 32));
  const LocalInfo info = *find_local(store, GetRequest::hash_seq(root));
  EXPECT_EQ(info.local_bytes, expected);
  EXPECT_EQ(info.children, std::nullopt);
  const auto& missing = info.missing.ranges;
  EXPECT_TRUE(missing.is_infinite());
  EXPECT_FALSE(missing.at(512).is_empty());
  EXPECT_TRUE(missing.at(513).is_empty());
  EXPECT_TRUE(missing.at(1024).is_empty());
  EXPECT_FALSE(missing.at(1025).is_empty());
}

TEST(LocalContent, OfSeveralBlobsLeavesOutWhatIsThere) {
  MemoryStore store;
  const Hash there = add(store, letters(5000));
  const Hash missing = Hash::of("missing");
  const LocalInfo rest = *find_local(store, GetManyRequest{{there, missing, there}, ChunkRangesSeq::all()});
  EXPECT_EQ(hex(rest.missing), "020101000100");
  EXPECT_EQ(rest.local_bytes, 10'000U);
  EXPECT_EQ(rest.complete_blobs, 2U);
}

TEST(LocalContent, CountsBytesOfAnySet) {
  EXPECT_EQ(byte_count(ChunkRanges::all(), 1500), 1500U);
  EXPECT_EQ(byte_count(ChunkRanges::chunk(1), 1500), 476U);
  EXPECT_EQ(byte_count(ChunkRanges::last_chunk(), 1500), 0U);
  EXPECT_EQ(byte_count(ChunkRanges::range(1, UINT64_MAX), UINT64_MAX), UINT64_MAX - 1024);
}

}  // namespace
}  // namespace iroh::blobs
