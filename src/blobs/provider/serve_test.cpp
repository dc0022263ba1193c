// SPDX-License-Identifier: MIT OR Apache-2.0
// Stores on both ends of a connection on loopback.
#include "blobs/protocol/request_codec.hpp"
#include "blobs/provider/network_test_support.hpp"

namespace iroh::blobs {
namespace {

// [blobs.md 31], [blobs.md §7.2]
TEST(Serve, EverySizeArrivesAsItIs) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    for (const std::size_t size : network_sizes) {
      const Bytes data = letters(size);
      const TempTag added = co_await net.source.add_bytes(data);
      const TransferResult result = co_await net.remote().fetch(added.content());
      EXPECT_EQ(result.stats.payload_bytes_read, size == 0 ? 0 : size);  // the empty blob is everywhere
      const Bytes arrived = co_await net.target.read(added.hash());
      EXPECT_EQ(arrived, data) << size;
    }
    co_await close(net);
  }());
}

// [blobs.md 32], [blobs.md 79]
TEST(Serve, ACollectionArrivesWithItsFilesAndIsNotAskedForAgain) {
  EventLog log;
  run_test([](EventLog& events) -> Task<> {
    ServeOptions options;
    options.on_event = events.sink();
    Network net = co_await network(std::move(options));
    Collection collection;
    std::vector<TempTag> kept;
    for (int i = 0; i < 50; ++i) {
      kept.push_back(co_await net.source.add_bytes(letters(static_cast<std::size_t>(i) * 997)));
      collection.add("file " + std::to_string(i), kept.back().hash());
    }
    const TempTag root = co_await net.source.add_collection(collection);
    const TransferResult result = co_await net.remote().fetch(root.content());
    EXPECT_FALSE(result.failure);
    const Collection arrived = co_await net.target.collection(root.hash());
    EXPECT_EQ(arrived, collection);
    for (const auto& entry : arrived.entries()) {
      const Bitfield bitfield = co_await net.target.bitfield(entry.hash);
      EXPECT_TRUE(bitfield.is_complete());
    }
    const std::size_t requests = events.count(ProviderEvent::Kind::received);
    EXPECT_EQ(requests, 1U);
    co_await net.remote().fetch(root.content());
    EXPECT_EQ(events.count(ProviderEvent::Kind::received), requests);
    co_await close(net);
  }(log));
}

// [blobs.md 80]
TEST(Serve, AnInterruptedTransferGoesOnWhereItWas) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    const Bytes data = letters(1'000'000);
    const TempTag added = co_await net.source.add_bytes(data);
    co_await net.remote().get(GetRequest::blob_ranges(added.hash(), ChunkRanges::range(100, 400)));
    const TransferResult rest = co_await net.remote().fetch(added.content());
    EXPECT_EQ(rest.stats.payload_bytes_read, 1'000'000U - 300 * 1024);
    EXPECT_EQ(co_await net.target.read(added.hash()), data);
    co_await close(net);
  }());
}

// [blobs.md 33], [blobs.md 42], [blobs.md 87]
TEST(Serve, ManyBlobsInOneRequestUpToTheFirstThatIsMissing) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    const TempTag first = co_await net.source.add_bytes(letters(5000));
    const TempTag last = co_await net.source.add_bytes(letters(70'000));
    GetManyRequest request = GetManyRequest::all_of({first.hash(), last.hash()});
    const TransferResult both = co_await net.remote().get_many(std::move(request));
    EXPECT_EQ(both.stats.payload_bytes_read, 75'000U);
    EXPECT_EQ(both.stats.other_bytes_read, 2U * 8 + 4 * 64);  // [blobs.md 81]
    const TempTag third = co_await net.source.add_bytes(letters(6000));
    GetManyRequest broken;
    broken.hashes = {third.hash(), Hash::of("missing"), first.hash()};
    broken.ranges = ChunkRangesSeq::all();
    const TransferResult result = co_await net.remote().try_get_many(std::move(broken));
    EXPECT_EQ(result.failure->error, BlobError::not_found);
    EXPECT_EQ(result.failure->blob, Hash::of("missing"));
    EXPECT_EQ((co_await net.target.read(third.hash())).size(), 6000U);
    const TransferResult nothing = co_await net.remote().get_many(GetManyRequest());
    EXPECT_EQ(nothing.stats, TransferStats());
    co_await close(net);
  }());
}

// [blobs.md 39], [blobs.md 89]
TEST(Serve, WhatIsNotThereIsResetWithCode3) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    const auto head = encode_get(GetRequest::blob(Hash::of("missing")));
    const std::string text(base::as_text(head));
    const RawResponse response = co_await raw_request(net.connection, text);
    EXPECT_EQ(response.reset_code, 3);
    EXPECT_EQ(response.bytes, "");
    const TransferResult result = co_await net.remote().try_get(GetRequest::blob(Hash::of("missing")));
    EXPECT_EQ(result.failure->error, BlobError::not_found);
    co_await close(net);
  }());
}

// [blobs.md 40]
TEST(Serve, APartialProviderGivesWhatItHas) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    Network other = co_await network();
    const TempTag added = co_await other.source.add_bytes(letters(1'000'000));
    // The first 640 chunks come to the source of the other network.
    const Connection between = co_await net.server.connect(other.server.addr(), blobs_alpn);
    const RemoteBlobs fill(between, net.source);
    co_await fill.get(GetRequest::blob_ranges(added.hash(), ChunkRanges::range(0, 640)));
    const TransferResult result = co_await net.remote().try_fetch(added.content());
    EXPECT_EQ(result.failure->error, BlobError::not_found);
    const Bitfield bitfield = co_await net.target.bitfield(added.hash());
    EXPECT_EQ(bitfield.ranges(), ChunkRanges::range(0, 640));
    between.close(0);
    co_await close(other);
    co_await close(net);
  }());
}

// [blobs.md 29], [blobs.md 87]
TEST(Serve, NonsenseEndsWithoutBytesAndHurtsNobody) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    const TempTag added = co_await net.source.add_bytes(letters(100));
    const std::string hash(base::as_text(added.hash().bytes()));
    std::vector<std::string> heads = {"",
                                      "x",
                                      std::string("\x02", 1) + hash,
                                      std::string("\0", 1),
                                      std::string("\0", 1) + hash,
                                      std::string("\x08\xff\xff\xff\xff\x7f", 6),
                                      std::string("\x08\x05hello", 7),
                                      std::string("\0", 1) + hash + std::string("\x02\0\x01\0\0\0", 6),
                                      std::string("\x01", 1) + hash + std::string("\x02\x01\0", 3),
                                      std::string("\x09\xff\xff\xff\xff\x7f", 6)};
    for (const std::string& head : heads) {
      const RawResponse response = co_await raw_request(net.connection, head);
      EXPECT_EQ(response.bytes, "");
      EXPECT_EQ(response.reset_code, std::nullopt);
    }
    co_await net.remote().fetch(added.content());
    co_await close(net);
  }());
}

// [blobs.md 29], [blobs.md 30]
TEST(Serve, BodiesUpToTheLimitAreTakenAndNoLonger) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    const TempTag added = co_await net.source.add_bytes(letters(100));
    const auto head = encode_get(GetRequest::blob(added.hash()));
    std::string longest(base::as_text(head));
    longest.resize(1 + request_size_max);  // bytes after the request are ignored
    const RawResponse taken = co_await raw_request(net.connection, longest);
    EXPECT_EQ(taken.bytes.size(), 108U);
    longest.push_back('x');
    const RawResponse refused = co_await raw_request(net.connection, longest);
    EXPECT_EQ(refused.bytes, "");
    EXPECT_EQ(refused.reset_code, std::nullopt);
    co_await close(net);
  }());
}

Task<> fetch_into(RemoteBlobs remote, HashAndFormat content, int* done) {
  co_await remote.fetch(content);
  ++*done;
}

// [blobs.md 44]
TEST(Serve, AHundredRequestsAtOnceAreAllRight) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    std::vector<TempTag> kept;
    int done = 0;
    for (std::size_t i = 0; i < 100; ++i) kept.push_back(co_await net.source.add_bytes(letters(50'000 + i)));
    for (const TempTag& blob : kept) {
      asio::co_spawn(co_await asio::this_coro::executor, fetch_into(net.remote(), blob.content(), &done),
                     asio::detached);
    }
    const bool is_over = co_await eventually([&done] { return done == 100; });
    EXPECT_TRUE(is_over);
    for (const TempTag& blob : kept) {
      const Bitfield bitfield = co_await net.target.bitfield(blob.hash());
      EXPECT_TRUE(bitfield.is_complete());
    }
    co_await close(net);
  }());
}

// [blobs.md §3.12]
TEST(Serve, SizesAreClaimedOrProven) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    const TempTag small = co_await net.source.add_bytes(letters(5));
    const TempTag large = co_await net.source.add_bytes(letters(300'000));
    std::vector<Hash> hashes = {small.hash(), large.hash()};
    AddOptions options;
    options.format = BlobFormat::hash_seq;
    const TempTag root = co_await net.source.add_bytes(HashSeq(hashes).bytes(), options);
    EXPECT_EQ(co_await net.remote().claimed_size(large.hash()), 300'000U);
    EXPECT_EQ(co_await net.remote().verified_size(large.hash()), 300'000U);
    const HashSeqSizes sizes = co_await net.remote().sizes(root.hash());
    EXPECT_EQ(sizes.sizes, (std::vector<std::uint64_t>{5, 300'000}));
    // [blobs.md 85]
    GetOptions limited;
    limited.hash_seq_size_max = 32;
    const TransferResult result =
        co_await RemoteBlobs(net.connection, BlobStore::in_memory()).try_fetch(root.content(), limited);
    EXPECT_EQ(result.failure->error, BlobError::size_limit_exceeded);
    co_await close(net);
  }());
}

}  // namespace
}  // namespace iroh::blobs
