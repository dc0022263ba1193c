// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/blob_store.hpp"

#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "blake3/test_data.hpp"
#include "blobs/provider/network_test_support.hpp"
#include "blobs/service/rate_limiter.hpp"
#include "blobs/service/watchdog.hpp"

namespace iroh::blobs {
namespace {

TEST(BlobStore, KeepsReadsAndForgets) {
  run_test([]() -> Task<> {
    const BlobStore store = BlobStore::in_memory();
    TempTag kept = co_await store.add_bytes(letters(50'000));
    const Hash hash = kept.hash();
    EXPECT_EQ((co_await store.read(hash)).size(), 50'000U);
    EXPECT_EQ((co_await store.read_range(hash, 49'990, 100)).size(), 10U);
    EXPECT_EQ((co_await store.read_range(hash, 60'000, 100)).size(), 0U);
    auto [too_large, nothing] = co_await store.read(hash, 100, as_values);
    EXPECT_EQ(too_large, BlobError::size_limit_exceeded);
    auto [missing, no_bytes] = co_await store.read_range(Hash::of("x"), 0, 1, as_values);
    EXPECT_EQ(missing, BlobError::not_found);
    EXPECT_EQ((co_await store.list()).size(), 1U);
    const VerifyReport report = co_await store.verify(hash);
    EXPECT_TRUE(report.is_intact());
    EXPECT_EQ(co_await store.collect_garbage(), 0U);
    kept = TempTag();
    EXPECT_EQ(co_await store.collect_garbage(), 1U);
    const Bitfield gone = co_await store.bitfield(hash);
    EXPECT_EQ(gone, Bitfield());
  }());
}

TEST(BlobStore, NamesContent) {
  run_test([]() -> Task<> {
    const BlobStore store = BlobStore::in_memory();
    const TempTag added = co_await store.add_bytes(letters(10));
    co_await store.set_tag("a", added.content());
    co_await store.rename_tag("a", "b");
    const TagName made = co_await store.create_tag(added.content());
    EXPECT_TRUE(made.view().starts_with("auto-"));
    EXPECT_EQ((co_await store.tags()).size(), 2U);
    const auto found = co_await store.tag("b");
    EXPECT_EQ(found, added.content());
    const auto none = co_await store.tag("a");
    EXPECT_FALSE(none.has_value());
    EXPECT_EQ(co_await store.delete_tags(TagRange::all()), 2U);
    co_await store.sync();
  }());
}

TEST(BlobStore, ExportsAndImportsFiles) {
  run_test([]() -> Task<> {
    const BlobStore store = BlobStore::in_memory();
    const TempTag added = co_await store.add_bytes(letters(100'000));
    const auto folder = std::filesystem::temp_directory_path() / "iroh-blob-store-test";
    co_await store.export_path(added.hash(), folder / "deep" / "file");
    const BlobStore other = BlobStore::in_memory();
    const TempTag again = co_await other.add_path(folder / "deep" / "file");
    EXPECT_EQ(again.hash(), added.hash());
    auto [error, none] = co_await other.add_path("relative", AddOptions(), as_values);
    EXPECT_EQ(error, BlobError::invalid_path);
    std::filesystem::remove_all(folder);
  }());
}

TEST(BlobStore, TellsWhoWatches) {
  run_test([]() -> Task<> {
    const BlobStore store = BlobStore::in_memory();
    const Bytes data = letters(5000);
    const BitfieldUpdates updates = store.observe(Hash::of(data));
    auto now = co_await updates.next();
    EXPECT_EQ(now, Bitfield());
    const TempTag added = co_await store.add_bytes(data);
    now = co_await updates.next();
    EXPECT_EQ(now, Bitfield::complete(5000));
    // There is nothing new.
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(20));
    auto waiting = updates.next(asio::use_future);
    co_await timer.async_wait(asio::deferred);
    EXPECT_EQ(waiting.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  }());
}

TEST(BlobStore, WorksWithFuturesWithoutAnExecutor) {
  const BlobStore store = BlobStore::in_memory();
  const TempTag added = store.add_bytes(letters(7), AddOptions(), asio::use_future).get();
  EXPECT_EQ(store.read(added.hash(), 100, asio::use_future).get(), letters(7));
}

// [blobs.md §3.10]
TEST(RateLimiter, SpacesWhatIsSent) {
  RateLimiter limiter(1'000'000);
  const RateLimiter::Clock::time_point start{};
  EXPECT_EQ(limiter.reserve(500'000, start), start);
  EXPECT_EQ(limiter.reserve(250'000, start), start + std::chrono::milliseconds(500));
  EXPECT_EQ(limiter.reserve(1, start), start + std::chrono::milliseconds(750));
  EXPECT_EQ(limiter.reserve(1, start + std::chrono::hours(1)), start + std::chrono::hours(1));
  EXPECT_EQ(limiter.piece_size(1 << 20), 50'000U);
  EXPECT_EQ(RateLimiter(10).piece_size(1 << 20), 17U * 1024);
  EXPECT_EQ(RateLimiter(0).piece_size(1 << 20), 1U << 20);
}

TEST(Watchdog, BitesWhenNothingHappensAndOnlyThen) {
  run_test([]() -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    int bites = 0;
    Watchdog dog(executor, std::chrono::milliseconds(500), [&bites] { ++bites; });
    Watchdog never(executor, std::chrono::milliseconds(0), [&bites] { bites += 100; });
    asio::steady_timer timer(executor);
    for (int i = 0; i < 30; ++i) {
      timer.expires_after(std::chrono::milliseconds(20));
      co_await timer.async_wait(asio::deferred);
      dog.touch();
    }
    EXPECT_FALSE(dog.has_expired());
    dog.pause();
    timer.expires_after(std::chrono::milliseconds(600));
    co_await timer.async_wait(asio::deferred);
    EXPECT_FALSE(dog.has_expired());
    dog.resume();
    const bool has_bitten = co_await eventually([&dog] { return dog.has_expired(); });
    EXPECT_TRUE(has_bitten);
    EXPECT_EQ(bites, 1);
  }());
}

}  // namespace
}  // namespace iroh::blobs
