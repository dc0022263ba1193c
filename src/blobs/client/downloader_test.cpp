// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/downloader.hpp"

#include "base/random.hpp"
#include "blobs/client/wanted.hpp"
#include "blobs/provider/network_test_support.hpp"
#include "blobs/store/memory_store.hpp"

namespace iroh::blobs {
namespace {

using Kind = DownloadEvent::Kind;

struct Seeder {
  BlobStore store = BlobStore::in_memory();
  Endpoint endpoint;
  Router router;
  std::shared_ptr<EventLog> log = std::make_shared<EventLog>();
  std::uint64_t sent() const {
    std::uint64_t bytes = 0;
    for (const ProviderEvent& event : log->events()) {
      const bool is_end = event.kind == ProviderEvent::Kind::completed || event.kind == ProviderEvent::Kind::aborted;
      if (is_end) bytes += event.stats.payload_bytes_written;
    }
    return bytes;
  }
};

Task<Seeder> seeder(std::vector<Bytes> blobs, ServeOptions options = {}) {
  Seeder made;
  for (const Bytes& data : blobs) {
    const TempTag added = co_await made.store.add_bytes(data);
    co_await made.store.create_tag(added.content());
  }
  made.endpoint = co_await Endpoint::bind(dialler());
  options.on_event = made.log->sink();
  made.router = Router(made.endpoint).accept(blobs_alpn, serve(made.store, std::move(options)));
  co_return made;
}

std::vector<EndpointAddr> addrs_of(const std::vector<Seeder>& seeders) {
  std::vector<EndpointAddr> addrs;
  for (const Seeder& each : seeders) addrs.push_back(each.endpoint.addr());
  return addrs;
}

struct Outcome {
  std::vector<DownloadEvent> events;
  error_code error;
  std::size_t count(Kind kind) const {
    return static_cast<std::size_t>(std::ranges::count(events, kind, &DownloadEvent::kind));
  }
};

Task<Outcome> follow(Download download) {
  Outcome outcome;
  for (;;) {
    auto [error, event] = co_await download.next(as_values);
    outcome.error = error;
    if (error || !event) co_return outcome;
    outcome.events.push_back(*std::move(event));
  }
}

Task<> close_all(const std::vector<Seeder>& seeders, Endpoint client) {
  co_await client.close();
  for (const Seeder& each : seeders) co_await each.router.shutdown();
}

// [blobs.md §5.4]
TEST(Downloader, FetchesFromOneProviderInOneRequest) {
  run_test([]() -> Task<> {
    const Bytes data = letters(2'000'000);
    std::vector<Seeder> seeders;
    std::vector<Bytes> blobs = {data};
    seeders.push_back(co_await seeder(blobs));
    const Endpoint client = co_await Endpoint::bind(dialler());
    const BlobStore store = BlobStore::in_memory();
    const Downloader downloader(client, store);
    const HashAndFormat content = HashAndFormat::raw(Hash::of(data));
    const Outcome first = co_await follow(downloader.fetch(content, addrs_of(seeders)));
    EXPECT_FALSE(first.error) << first.error.message();
    EXPECT_EQ(first.events.at(0).kind, Kind::progress);
    EXPECT_EQ(first.events.at(1).kind, Kind::trying);
    EXPECT_EQ(first.events.back().kind, Kind::complete);
    EXPECT_EQ(first.events.back().bytes_done, 2'000'000U);
    EXPECT_EQ(first.events.back().bytes_total, 2'000'000U);
    EXPECT_EQ(first.events.back().stats.payload_bytes_read, 2'000'000U);
    EXPECT_EQ(seeders[0].log->count(ProviderEvent::Kind::received), 1U);
    // [blobs.md 79] The second time there is nothing to do.
    const Outcome again = co_await follow(downloader.fetch(content, addrs_of(seeders)));
    EXPECT_EQ(again.events.size(), 1U);
    EXPECT_EQ(again.events.at(0).kind, Kind::complete);
    co_await close_all(seeders, client);
  }());
}

// Issue 5: disjoint ranges of one blob from several providers.
TEST(Downloader, SharesOneBlobAmongProviders) {
  run_test([]() -> Task<> {
    const Bytes data = letters(24'000'000);
    std::vector<Bytes> blobs = {data};
    std::vector<Seeder> seeders;
    ServeOptions slow;
    slow.bandwidth_limit = 20'000'000;
    for (int i = 0; i < 3; ++i) seeders.push_back(co_await seeder(blobs, slow));
    const Endpoint client = co_await Endpoint::bind(dialler());
    const BlobStore store = BlobStore::in_memory();
    const Downloader downloader(client, store);
    const Outcome outcome = co_await follow(downloader.fetch(HashAndFormat::raw(Hash::of(data)), addrs_of(seeders)));
    EXPECT_FALSE(outcome.error) << outcome.error.message();
    EXPECT_EQ(co_await store.read(Hash::of(data)), data);
    co_await downloader.idle();
    const bool is_told =
        co_await eventually([&] { return seeders[0].sent() + seeders[1].sent() + seeders[2].sent() >= 24'000'000; });
    EXPECT_TRUE(is_told);
    for (const Seeder& each : seeders) EXPECT_GT(each.sent(), 2'000'000U);
    // The size proof, and what is cut off when one takes over from another, but no more.
    EXPECT_LT(outcome.events.back().stats.payload_bytes_read, 24'000'000U + 3 * 17'000);
    co_await close_all(seeders, client);
  }());
}

Bytes changed(const Bytes& data) {
  std::string text(data.text());
  text[text.size() / 2] = 'x';
  return Bytes::from_string(std::move(text));
}

// [blobs.md 83], C-034
TEST(Downloader, GoesOnWithoutThoseWhoFail) {
  run_test([]() -> Task<> {
    const Bytes data = letters(3'000'000);
    std::vector<Bytes> right = {data};
    std::vector<Bytes> wrong = {changed(data)};
    std::vector<Seeder> seeders;
    seeders.push_back(co_await seeder(wrong));
    ServeOptions closed;
    closed.allow_get = false;
    seeders.push_back(co_await seeder(right, closed));
    seeders.push_back(co_await seeder(right));
    const Endpoint client = co_await Endpoint::bind(dialler());
    const BlobStore store = BlobStore::in_memory();
    DownloadOptions options;
    options.max_parallel_providers = 1;
    const Downloader downloader(client, store);
    const HashAndFormat content = HashAndFormat::raw(Hash::of(data));
    const Outcome outcome = co_await follow(downloader.fetch(content, addrs_of(seeders), options));
    EXPECT_FALSE(outcome.error) << outcome.error.message();
    std::vector<EndpointId> tried;
    std::vector<error_code> failures;
    for (const DownloadEvent& event : outcome.events) {
      if (event.kind == Kind::trying) tried.push_back(*event.provider);
      if (event.kind == Kind::provider_failed) failures.push_back(event.failure->error);
    }
    // One after the other, in the order given.
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(tried.at(i), seeders[i].endpoint.id());
    EXPECT_EQ(failures.at(0), BlobError::not_found);
    EXPECT_EQ(failures.at(1), BlobError::refused);
    EXPECT_EQ(failures.size(), 2U);
    co_await close_all(seeders, client);
  }());
}

// [blobs.md 83]
TEST(Downloader, FailsWhenNobodyIsLeft) {
  run_test([]() -> Task<> {
    std::vector<Seeder> seeders;
    std::vector<Bytes> nothing;
    seeders.push_back(co_await seeder(nothing));
    const Endpoint client = co_await Endpoint::bind(dialler());
    const Downloader downloader(client, BlobStore::in_memory());
    const HashAndFormat content = HashAndFormat::raw(Hash::of("missing"));
    const Outcome none = co_await follow(downloader.fetch(content, std::vector<EndpointAddr>()));
    EXPECT_EQ(none.error, BlobError::no_providers);
    const Outcome one = co_await follow(downloader.fetch(content, addrs_of(seeders)));
    EXPECT_EQ(one.error, BlobError::no_providers);
    EXPECT_EQ(one.count(Kind::provider_failed), 1U);
    std::vector<Download> many;
    for (int i = 0; i < 1000; ++i) many.push_back(downloader.fetch(content, std::vector<EndpointAddr>()));
    co_await downloader.idle();
    const Outcome last = co_await follow(many.back());
    EXPECT_EQ(last.error, BlobError::no_providers);
    co_await close_all(seeders, client);
  }());
}

// [blobs.md 83] A source without end, and cancellation.
TEST(Downloader, IsCancelledWhenItsHandleGoes) {
  run_test([]() -> Task<> {
    const Bytes data = letters(8'000'000);
    ServeOptions slow;
    slow.bandwidth_limit = 1'000'000;
    std::vector<Seeder> seeders;
    std::vector<Bytes> blobs = {data};
    seeders.push_back(co_await seeder(blobs, slow));
    const Endpoint client = co_await Endpoint::bind(dialler());
    const BlobStore store = BlobStore::in_memory();
    const Downloader downloader(client, store);
    Download download = downloader.fetch(HashAndFormat::raw(Hash::of(data)), addrs_of(seeders));
    for (;;) {
      const auto event = co_await download.next();
      if (event->kind == Kind::progress && event->bytes_done > 100'000) break;
    }
    download = Download();
    co_await downloader.idle();
    const Bitfield kept = co_await store.bitfield(Hash::of(data));
    EXPECT_FALSE(kept.is_complete());
    EXPECT_GT(kept.total_bytes(), 100'000U);
    const ProviderSource endless = [addr = seeders[0].endpoint.addr()]() -> Task<std::optional<EndpointAddr>> {
      co_return addr;
    };
    DownloadOptions options;
    options.max_parallel_providers = 2;
    Download missing = downloader.fetch(GetRequest::blob(Hash::of("missing")), endless, options);
    int failures = 0;
    while (failures < 20) {
      const auto event = co_await missing.next();
      if (event->kind == Kind::provider_failed) ++failures;
    }
    missing.cancel();
    const Outcome outcome = co_await follow(missing);
    EXPECT_EQ(outcome.error, asio::error::operation_aborted);
    co_await downloader.idle();
    co_await close_all(seeders, client);
  }());
}

// [blobs.md 83], [blobs.md §7.2]
TEST(Downloader, PutsASequenceTogetherFromProvidersThatHaveParts) {
  run_test([]() -> Task<> {
    std::vector<Bytes> children;
    std::vector<Hash> hashes;
    for (std::size_t i = 0; i < 40; ++i) children.push_back(letters(100'000 + i));
    for (const Bytes& child : children) hashes.push_back(Hash::of(child));
    const Bytes sequence = HashSeq(hashes).bytes();
    std::vector<Bytes> all = children;
    all.push_back(sequence);
    std::vector<Seeder> seeders;
    for (int i = 0; i < 2; ++i) seeders.push_back(co_await seeder(all));
    const Endpoint client = co_await Endpoint::bind(dialler());
    const BlobStore store = BlobStore::in_memory();
    const Downloader downloader(client, store);
    const HashAndFormat content = HashAndFormat::hash_seq(Hash::of(sequence));
    const Outcome outcome = co_await follow(downloader.fetch(content, addrs_of(seeders)));
    EXPECT_FALSE(outcome.error) << outcome.error.message();
    EXPECT_EQ(outcome.events.back().blobs_done, 41U);
    EXPECT_EQ(outcome.events.back().bytes_total, outcome.events.back().bytes_done);
    for (const Hash& hash : hashes) {
      const Bitfield bitfield = co_await store.bitfield(hash);
      EXPECT_TRUE(bitfield.is_complete());
    }
    const BlobStore other = BlobStore::in_memory();
    const Downloader second(client, other);
    const Outcome many = co_await follow(second.fetch_many(hashes, addrs_of(seeders)));
    EXPECT_FALSE(many.error) << many.error.message();
    EXPECT_EQ(many.events.back().blobs_done, 40U);
    co_await close_all(seeders, client);
  }());
}

// [blobs.md §1.7] What is being fetched is not collected.
TEST(Downloader, ProtectsWhatItFetches) {
  run_test([]() -> Task<> {
    const Bytes data = letters(2'000'000);
    ServeOptions slow;
    slow.bandwidth_limit = 4'000'000;
    std::vector<Seeder> seeders;
    std::vector<Bytes> blobs = {data};
    seeders.push_back(co_await seeder(blobs, slow));
    const Endpoint client = co_await Endpoint::bind(dialler());
    const BlobStore store = BlobStore::in_memory();
    const Downloader downloader(client, store);
    Download download = downloader.fetch(HashAndFormat::raw(Hash::of(data)), addrs_of(seeders));
    for (;;) {
      const auto event = co_await download.next();
      if (!event) break;
      EXPECT_EQ(co_await store.collect_garbage(), 0U);
    }
    EXPECT_EQ(co_await store.collect_garbage(), 0U) << "there is time to set a tag";
    download = Download();
    std::size_t collected = 0;
    for (int round = 0; round < 1000 && collected == 0; ++round) collected = co_await store.collect_garbage();
    EXPECT_EQ(collected, 1U);
    co_await close_all(seeders, client);
  }());
}

ChunkRanges naive_first(const ChunkRanges& ranges, std::uint64_t size, std::uint64_t bytes) {
  const std::uint64_t chunks = std::max<std::uint64_t>(1, (size + 1023) / 1024);
  std::uint64_t left = std::max<std::uint64_t>(bytes / 1024, 1);
  ChunkRanges part;
  for (std::uint64_t chunk = 0; chunk < chunks && (left > 0 || chunk % 16 != 0); ++chunk) {
    if (!ranges.contains(chunk)) continue;
    part |= ChunkRanges::chunk(chunk);
    if (left > 0) --left;
  }
  return part & ChunkRanges::range(0, chunks);
}

TEST(Wanted, CutsRangesAtGroups) {
  base::SeededRandom random(5);
  for (int round = 0; round < 500; ++round) {
    const std::uint64_t size = 1 + random.below(300'000);
    ChunkRanges ranges;
    for (int i = 0; i < 3; ++i) {
      const std::uint64_t begin = random.below(300);
      ranges |= ChunkRanges::range(begin, begin + random.below(60));
    }
    const std::uint64_t chunks = (size + 1023) / 1024;
    const std::uint64_t bytes = random.below(200'000);
    const ChunkRanges part = first_part(ranges, size, bytes) & ChunkRanges::range(0, chunks);
    ASSERT_EQ(part, naive_first(ranges, size, bytes)) << ranges << ' ' << size << ' ' << bytes;
  }
}

TEST(Wanted, TakesPartsAwayFromSequences) {
  const auto all = ChunkRangesSeq::all();
  const auto root = ChunkRangesSeq::root(ChunkRanges::all());
  EXPECT_EQ(subtract(all, all), ChunkRangesSeq());
  EXPECT_EQ(subtract(all, root), ChunkRangesSeq::infinite(std::vector{ChunkRanges(), ChunkRanges::all()}));
  EXPECT_EQ(subtract(root, all), ChunkRangesSeq());
  const auto part = ChunkRangesSeq::root(ChunkRanges::range(0, 16));
  EXPECT_EQ(subtract(root, part), ChunkRangesSeq::root(ChunkRanges::from(16)));
}

}  // namespace
}  // namespace iroh::blobs
