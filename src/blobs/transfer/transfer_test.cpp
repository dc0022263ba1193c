// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/transfer/transfer_test_support.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "base/random.hpp"

namespace iroh::blobs {
namespace {

ChunkRanges set(std::initializer_list<std::uint64_t> boundaries) {
  return *ChunkRanges::from_boundaries(std::vector<std::uint64_t>(boundaries));
}
std::string digest(const Response& response) {
  return base::to_hex(blake3::hash(response.bytes));
}

// [blobs.md 31]
TEST(Response, OfHelloWorldIsTheExample) {
  MemoryStore store;
  const Hash hash = add(store, Bytes::copy_of("hello world"));
  const Response response = respond(store, GetRequest::blob(hash));
  EXPECT_EQ(base::to_hex(response.bytes), "0b0000000000000068656c6c6f20776f726c64");
  EXPECT_FALSE(response.failure);
}

// [blobs.md 32]
TEST(Response, OfTheThreeBlobCollectionIsTheVector) {
  MemoryStore store;
  Collection collection;
  const std::byte contents[] = {std::byte{0}, std::byte{1}, std::byte{2}};
  for (std::size_t i = 0; i < 3; ++i) {
    collection.add("blob" + std::to_string(i), add(store, Bytes::copy_of(std::span(contents).subspan(i, 1))));
  }
  const auto blobs = collection.to_blobs();
  add(store, Bytes::copy_of(blobs.metadata));
  const Hash root = add(store, blobs.hash_seq.bytes());
  const Response response = respond(store, GetRequest::hash_seq(root));
  EXPECT_EQ(response.bytes.size(), 203U);
  EXPECT_EQ(digest(response), "0158119e0008a09ed5c6038250b8ea795966cf462c45922409092d106a104ee2");
  EXPECT_EQ(response.starts.size(), 5U);
}

// [blobs.md 33]
TEST(Response, OfTheStandardBlobsIsTheVectorInBatchesOfAnySize) {
  MemoryStore store;
  const Hash root = add_standard(store);
  EXPECT_EQ(root.to_string(), "bb19a47f4650f341750fbdc15a92a5a9c5ca18d5820e7c161169526ca905366c");
  const auto sizes = ChunkRangesSeq::infinite(std::vector{ChunkRanges::all(), ChunkRanges::last_chunk()});
  GetManyRequest many = {{}, ChunkRangesSeq::all()};
  for (const std::size_t size : standard_sizes) many.hashes.push_back(Hash::of(blake3::letter_pattern(size)));
  for (const std::size_t batch : {std::size_t{1}, std::size_t{100'000}, std::size_t{1} << 20}) {
    const Response everything = respond(store, GetRequest::hash_seq(root), batch);
    EXPECT_EQ(everything.bytes.size(), 9'524'489U);
    EXPECT_EQ(digest(everything), "06a74e613be17578589ebe84f25fa1c639c2ac9f3857bd0e6c8e36509bdffb03");
    const Response proofs = respond(store, GetRequest{root, sizes}, batch);
    EXPECT_EQ(proofs.bytes.size(), 7497U);
    EXPECT_EQ(digest(proofs), "4ca9470a8e955a58e525babb72a575400f7b04d884c21e725fd400ce4d9c4c43");
    const Response all_of_many = respond(store, many, batch);
    EXPECT_EQ(all_of_many.bytes.size(), 9'524'225U);
    EXPECT_EQ(digest(all_of_many), "eaf59ca1460310160031d5e049bc4247942ae3133ae70adef4fbf700a289a314");
  }
}

// [blobs.md 34], [blobs.md 36], [blobs.md 38]
TEST(Response, HasNothingOfWhatIsNotSelectedOrPastTheEnd) {
  MemoryStore store;
  const Hash root = add_standard(store);
  EXPECT_TRUE(respond(store, GetRequest{root, {}}).bytes.empty());
  ChunkRangesSeqBuilder builder;
  builder.set(2, ChunkRanges::all());
  builder.set(1000, ChunkRanges::all());
  const Response one = respond(store, GetRequest{root, std::move(builder).build()});
  EXPECT_EQ(one.bytes.size(), 9U);
  EXPECT_EQ(one.starts.at(0).index, 2U);
  EXPECT_FALSE(one.failure);
  // [blobs.md 26] A gap of 2^62 takes no time.
  ChunkRangesSeqBuilder far;
  far.set_rest(std::uint64_t{1} << 62, ChunkRanges::all());
  const Response none = respond(store, GetRequest{root, std::move(far).build()});
  EXPECT_TRUE(none.bytes.empty());
  EXPECT_FALSE(none.failure);
}

// [blobs.md 39], [blobs.md 42]
TEST(Response, StopsAtTheFirstBlobThatIsNotThere) {
  MemoryStore store;
  const Hash there = add(store, Bytes::copy_of("there"));
  const Hash missing = Hash::of("missing");
  const Response none = respond(store, GetRequest::blob(missing));
  EXPECT_TRUE(none.bytes.empty());
  EXPECT_EQ(none.failure->error, BlobError::not_found);
  EXPECT_EQ(none.failure->blob, missing);
  const Response many = respond(store, GetManyRequest{{there, missing, there}, ChunkRangesSeq::all()});
  EXPECT_EQ(many.bytes.size(), 13U);
  EXPECT_TRUE(many.failure.has_value());
}

// [blobs.md 40], [blobs.md 89]
TEST(Response, OfAPartialBlobEndsWhereItsDataEnds) {
  MemoryStore store;
  const auto data = blake3::letter_pattern(100'000);
  const Hash hash = add_part(store, data, set({16, 48}));
  const Response part = respond(store, GetRequest::blob_ranges(hash, set({16, 32})));
  EXPECT_EQ(part.bytes.size(), 16'584U);
  EXPECT_EQ(digest(part), "ef5d35e5682b8622b1432ecf73b3d81f63b65597c0c1105b8da4c4373029c58c");
  EXPECT_FALSE(part.failure);
  const Response more = respond(store, GetRequest::blob_ranges(hash, set({32, 64})));
  EXPECT_EQ(more.leaves, 1U);
  EXPECT_EQ(more.failure->offset, 48U * 1024);
  // An entry of which nothing is known.
  const auto writer = store.write(Hash::of("to come"), 1000);
  const Response unknown = respond(store, GetRequest::blob(Hash::of("to come")));
  EXPECT_TRUE(unknown.bytes.empty());
  EXPECT_EQ(unknown.failure->error, BlobError::not_found);
}

/// A HashSeq of 1000 one-byte blobs, and the blobs in the store.
std::vector<std::byte> thousand(Store& store) {
  std::vector<Hash> hashes;
  for (int i = 0; i < 1000; ++i) hashes.push_back(add(store, Bytes::copy_of("blob " + std::to_string(i))));
  const Bytes bytes = HashSeq(hashes).bytes();
  return {bytes.span().begin(), bytes.span().end()};
}

// [blobs.md 88]
TEST(Response, NeedsOnlyTheChunkThatNamesAChild) {
  MemoryStore store;
  const auto bytes = thousand(store);
  const Hash root = add_part(store, bytes, set({3, 4}));
  const auto child = [&](std::uint64_t index) {
    ChunkRangesSeqBuilder builder;
    builder.set(index + 1, ChunkRanges::all());
    return respond(store, GetRequest{root, std::move(builder).build()});
  };
  EXPECT_TRUE(child(95).failure.has_value());
  EXPECT_EQ(child(96).bytes.size(), 8U + 7U);
  EXPECT_EQ(child(127).bytes.size(), 8U + 8U);
  EXPECT_TRUE(child(128).failure.has_value());
  EXPECT_TRUE(child(100'000).failure.has_value()) << "the end is not proven";
  const Hash with_end = add_part(store, bytes, ChunkRanges::last_chunk());
  EXPECT_EQ(with_end, root);
  EXPECT_FALSE(child(100'000).failure.has_value()) << "the end is proven";
  const Hash ragged = add(store, letters(1025));
  const Response wrong =
      respond(store, GetRequest{ragged, ChunkRangesSeq::finite(std::vector{ChunkRanges(), ChunkRanges::all()})});
  EXPECT_EQ(wrong.failure->error, BlobError::invalid_hash_seq);
}

// [blobs.md 33], [blobs.md 35]
TEST(ResponseReader, PutsEverythingIntoTheStoreWhateverThePieces) {
  MemoryStore source;
  const Hash root = add_standard(source);
  const Response response = respond(source, GetRequest::hash_seq(root));
  for (const std::size_t piece : {std::size_t{997}, std::size_t{65'536}, response.bytes.size()}) {
    MemoryStore target;
    ResponseReader reader(GetRequest::hash_seq(root), {});
    const ReadState state = receive(reader, target, response.bytes, piece, false);
    EXPECT_TRUE(state.is_done) << "the end of the sequence ends an endless request";
    EXPECT_FALSE(state.failure);
    std::uint64_t payload = 256;
    for (const std::size_t size : standard_sizes) {
      EXPECT_TRUE(target.bitfield(Hash::of(blake3::letter_pattern(size)))->is_complete());
      payload += size;
    }
    // [blobs.md 81]
    EXPECT_EQ(state.payload_bytes, payload);
    EXPECT_EQ(state.payload_bytes + state.other_bytes, response.bytes.size());
  }
}

// [blobs.md 19], [blobs.md 86]
TEST(ResponseReader, AWrongByteAnywhereIsFoundAndNothingOfItIsKept) {
  MemoryStore source;
  const auto data = blake3::letter_pattern(40'000);
  const Hash hash = add(source, Bytes::copy_of(data));
  const Response response = respond(source, GetRequest::blob(hash));
  base::SeededRandom random(3);
  for (int round = 0; round < 300; ++round) {
    auto bytes = response.bytes;
    const auto at = static_cast<std::size_t>(random.below(bytes.size()));
    bytes[at] ^= std::byte{1};
    MemoryStore target;
    ResponseReader reader(GetRequest::blob(hash), {});
    const ReadState state = receive(reader, target, bytes, 4096, true);
    ASSERT_TRUE(state.failure.has_value()) << at;
    EXPECT_EQ(state.failure->blob, hash);
    const ChunkRanges kept = target.bitfield(hash)->ranges();
    for (std::uint64_t chunk = 0; kept.contains(chunk) && chunk * 1024 < data.size(); ++chunk) {
      std::array<std::byte, 64> read;
      ASSERT_TRUE((*target.open(hash))->read(chunk * 1024, read).has_value());
      ASSERT_TRUE(base::equal(read, std::span(data).subspan(chunk * 1024, 64)));
    }
  }
}

// [blobs.md 20], [blobs.md 40]
TEST(ResponseReader, TruncatedAnywhereItKeepsTheVerifiedPrefix) {
  MemoryStore source;
  const Hash hash = add(source, letters(40'000));
  const Response response = respond(source, GetRequest::blob(hash));
  for (std::size_t length = 0; length < response.bytes.size(); length += 397) {
    MemoryStore target;
    ResponseReader reader(GetRequest::blob(hash), {});
    const ReadState state = receive(reader, target, std::span(response.bytes).first(length), 1000, true);
    ASSERT_TRUE(state.failure.has_value());
    EXPECT_EQ(state.failure->error, length == 0 ? BlobError::not_found : BlobError::truncated);
    EXPECT_EQ(target.bitfield(hash)->total_bytes(), state.payload_bytes);
  }
}

// [blobs.md 21], [blobs.md 22], [blobs.md 85], [blobs.md 89]
TEST(ResponseReader, LyingSizesAreNoHarm) {
  const auto with_size = [](std::uint64_t size, ReadLimits limits, const GetRequest& request) {
    MemoryStore target;
    ResponseReader reader(request, limits);
    const auto header = bao::encode_size(size);
    std::vector<std::byte> bytes(header.begin(), header.end());
    bytes.resize(bytes.size() + 100);
    const ReadState state = receive(reader, target, bytes, 1000, true);
    EXPECT_TRUE(target.list()->empty());
    return state.failure->error;
  };
  const GetRequest blob = GetRequest::blob(Hash::of("anything"));
  EXPECT_EQ(with_size(0, {}, blob), BlobError::not_found);
  for (const unsigned bits : {40U, 63U}) EXPECT_EQ(with_size(std::uint64_t{1} << bits, {}, blob), BlobError::mismatch);
  EXPECT_EQ(with_size(UINT64_MAX, {}, blob), BlobError::mismatch);
  EXPECT_EQ(with_size(1001, {.blob_size_max = 1000}, blob), BlobError::size_limit_exceeded);
  const GetRequest sequence = GetRequest::hash_seq(Hash::of("anything"));
  EXPECT_EQ(with_size(1025, {.hash_seq_size_max = 1024}, sequence), BlobError::size_limit_exceeded);
  EXPECT_EQ(with_size(5, {}, GetRequest::blob(Hash::empty())), BlobError::mismatch);
}

// [blobs.md §3.4]
TEST(ResponseReader, TrailingDataIsNoticedAndWhatCameBeforeIsKept) {
  MemoryStore source;
  const Hash hash = add(source, letters(3000));
  auto bytes = respond(source, GetRequest::blob(hash)).bytes;
  bytes.push_back(std::byte{9});
  MemoryStore target;
  ResponseReader reader(GetRequest::blob(hash), {});
  const ReadState state = receive(reader, target, bytes, bytes.size(), true);
  EXPECT_TRUE(state.is_done);
  EXPECT_TRUE(state.has_trailing_data);
  EXPECT_FALSE(state.failure);
  EXPECT_TRUE(target.bitfield(hash)->is_complete());
}

// [blobs.md 37]
TEST(ResponseReader, ChildrenAloneNeedTheSequenceOnBothSides) {
  MemoryStore source;
  const Hash root = add_standard(source);
  const GetRequest request = {root, ChunkRangesSeq::infinite(std::vector{ChunkRanges(), ChunkRanges::all()})};
  const Response response = respond(source, request);
  MemoryStore without;
  ResponseReader lost(request, {});
  EXPECT_EQ(receive(lost, without, {}, 1, false).failure->error, BlobError::not_found);
  MemoryStore with;
  add(with, Bytes::copy_of((*source.open(root))->bitfield().size() == 256
                               ? std::string_view(read_all(source, root, 256)->text())
                               : std::string_view()));
  ResponseReader reader(request, {});
  EXPECT_TRUE(receive(reader, with, response.bytes, 10'000, false).is_done);
  EXPECT_TRUE(with.bitfield(Hash::of(blake3::letter_pattern(8'388'608)))->is_complete());
}

// [blobs.md 34]
TEST(ResponseReader, ExpectsNothingOfAnEmptyRequest) {
  MemoryStore store;
  ResponseReader reader(GetRequest{Hash::of("x"), {}}, {});
  EXPECT_TRUE(reader.feed(store, {}).is_done);
}

}  // namespace
}  // namespace iroh::blobs
