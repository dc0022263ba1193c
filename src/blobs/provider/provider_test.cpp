// SPDX-License-Identifier: MIT OR Apache-2.0
// Permission, events, pushes and observers.
#include "blobs/protocol/observe_item.hpp"
#include "blobs/protocol/request_codec.hpp"
#include "blobs/provider/network_test_support.hpp"

namespace iroh::blobs {
namespace {

using Kind = ProviderEvent::Kind;

Task<Admission> answer(Admission admission) {
  co_return admission;
}
Task<Admission> fail_to_answer() {
  throw std::runtime_error("nobody is there");
  co_return Admission::allow;
}

// [blobs.md 45], [blobs.md §3.6]
TEST(Push, IsRefusedUnlessItIsAllowed) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    const TempTag mine = co_await net.target.add_bytes(letters(100'000));
    const TransferResult result = co_await net.remote().try_push(GetRequest::blob(mine.hash()));
    EXPECT_EQ(result.failure->error, BlobError::refused);
    const Bitfield bitfield = co_await net.source.bitfield(mine.hash());
    EXPECT_EQ(bitfield, Bitfield());
    const auto head = encode_push(GetRequest::blob(mine.hash()));
    const std::string text(base::as_text(head));
    const RawResponse raw = co_await raw_request(net.connection, text);
    EXPECT_EQ(raw.reset_code, 1);
    co_await close(net);
  }());
}

// [blobs.md 46], [blobs.md 54]
TEST(Push, BringsBlobsAndSequencesAndPartsOfThem) {
  EventLog log;
  run_test([](EventLog& events) -> Task<> {
    ServeOptions options;
    options.allow_push = true;
    options.on_event = events.sink();
    Network net = co_await network(std::move(options));
    Collection collection;
    std::vector<TempTag> kept;
    for (std::size_t i = 0; i < 3; ++i) {
      kept.push_back(co_await net.target.add_bytes(letters(30'000 * i + 1)));
      collection.add("file", kept.back().hash());
    }
    const TempTag root = co_await net.target.add_collection(collection);
    const TransferResult pushed = co_await net.remote().push(GetRequest::hash_seq(root.hash()));
    EXPECT_GT(pushed.stats.payload_bytes_written, 90'000U);
    bool is_told = co_await eventually([&] { return events.count(Kind::completed) == 1; });
    EXPECT_TRUE(is_told);
    EXPECT_EQ(co_await net.source.collection(root.hash()), collection);
    const TempTag large = co_await net.target.add_bytes(letters(200'000));
    co_await net.remote().push(GetRequest::blob_ranges(large.hash(), ChunkRanges::range(16, 32)));
    is_told = co_await eventually([&] { return events.count(Kind::completed) == 2; });
    EXPECT_TRUE(is_told);
    const Bitfield part = co_await net.source.bitfield(large.hash());
    EXPECT_EQ(part.ranges(), ChunkRanges::range(16, 32));
    co_await close(net);
  }(log));
}

// [blobs.md 47]
TEST(Push, OfWrongBytesIsStoppedAndWhatWasRightStays) {
  EventLog log;
  run_test([](EventLog& events) -> Task<> {
    ServeOptions options;
    options.allow_push = true;
    options.on_event = events.sink();
    Network net = co_await network(std::move(options));
    const TempTag mine = co_await net.target.add_bytes(letters(40'000));
    // The right encoding, as a provider gives it, with a wrong byte in the last leaf.
    const auto get = encode_get(GetRequest::blob(mine.hash()));
    BlobsProtocol own(net.target);
    const Router own_router = Router(net.client).accept(blobs_alpn, own);
    const Connection back = co_await net.server.connect(net.client.addr(), blobs_alpn);
    const std::string get_text(base::as_text(get));
    RawResponse body = co_await raw_request(back, get_text);
    body.bytes.back() = 'x';
    const auto head = encode_push(GetRequest::blob(mine.hash()));
    const std::string push_text = std::string(base::as_text(head)) + body.bytes;
    const BiStream stream = co_await net.connection.open_bi();
    static_cast<void>(co_await stream.send.write_all(push_text, as_values));
    const auto [error, code] = co_await stream.send.stopped(as_values);
    EXPECT_EQ(code, 3U);
    const bool is_told = co_await eventually([&] { return events.count(Kind::aborted) == 1; });
    EXPECT_TRUE(is_told);
    EXPECT_EQ(events.events().back().failure->error, BlobError::mismatch);
    EXPECT_EQ(events.events().back().failure->offset, 32U * 1024);
    const Bitfield kept = co_await net.source.bitfield(mine.hash());
    EXPECT_EQ(kept.ranges(), ChunkRanges::range(0, 32));
    back.close(0);
    co_await close(net);
  }(log));
}

// [blobs.md 48], [blobs.md 49], [blobs.md §7.2]
TEST(Observe, SeesABlobGrowFromNothing) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    const Bytes data = letters(3'000'001);
    std::vector<Bitfield> seen;
    const BlobStore source = net.source;
    std::vector<TempTag> kept;
    const auto add = [](BlobStore store, Bytes bytes, std::vector<TempTag>& tags) -> Task<> {
      tags.push_back(co_await store.add_bytes(std::move(bytes)));
    };
    const auto executor = co_await asio::this_coro::executor;
    const auto on_update = [&](const Bitfield& bitfield) {
      if (seen.empty()) asio::co_spawn(executor, add(source, data, kept), asio::detached);
      seen.push_back(bitfield);
      return !bitfield.is_complete();
    };
    co_await net.remote().observe(Hash::of(data), on_update);
    EXPECT_EQ(seen.front(), Bitfield());
    EXPECT_EQ(seen.back(), Bitfield::complete(3'000'001));
    co_await close(net);
  }());
}

// [blobs.md 49], [blobs.md 50]
TEST(Observe, BeginsWithNothingOnTheWireAndEndsWhenTheObserverLeaves) {
  EventLog log;
  run_test([](EventLog& events) -> Task<> {
    ServeOptions options;
    options.on_event = events.sink();
    Network net = co_await network(std::move(options));
    ObserveRequest request{Hash::of("unknown")};
    const auto head = encode_observe(request);
    const BiStream stream = co_await net.connection.open_bi();
    co_await stream.send.write_all(head);
    static_cast<void>(stream.send.finish());
    const Bytes first = co_await stream.recv.read_exact(3);
    EXPECT_EQ(first.text(), std::string_view("\x02\0\0", 3));
    static_cast<void>(stream.recv.stop(0));
    const bool is_told = co_await eventually([&] { return events.count(Kind::completed) == 1; });
    EXPECT_TRUE(is_told);
    EXPECT_EQ(events.events().back().stats.other_bytes_written, 3U);
    // An empty blob is complete, and nothing changes any more: silence, not an end.
    std::vector<Bitfield> seen;
    const auto until_complete = [&seen](const Bitfield& bitfield) {
      seen.push_back(bitfield);
      return false;
    };
    co_await net.remote().observe(Hash::empty(), until_complete);
    EXPECT_EQ(seen.back(), Bitfield::complete(0));
    co_await close(net);
  }(log));
}

Task<error_code> try_everything(ServeOptions options, RequestKind kind) {
  Network net = co_await network(std::move(options));
  const TempTag theirs = co_await net.source.add_bytes(letters(1000));
  const TempTag mine = co_await net.target.add_bytes(letters(2000));
  TransferResult result;
  error_code error;
  switch (kind) {
    case RequestKind::get:
      result = co_await net.remote().try_get(GetRequest::blob(theirs.hash()));
      break;
    case RequestKind::get_many: {
      std::vector<Hash> hashes = {theirs.hash()};
      result = co_await net.remote().try_get_many(GetManyRequest::all_of(std::move(hashes)));
      break;
    }
    case RequestKind::push:
      result = co_await net.remote().try_push(GetRequest::blob(mine.hash()));
      break;
    case RequestKind::observe:
      try {
        const auto once = [](const Bitfield&) { return false; };
        co_await net.remote().observe(theirs.hash(), once);
      } catch (const boost::system::system_error& failure) {
        error = failure.code();
      }
      break;
  }
  if (result.failure) error = result.failure->error;
  co_await close(net);
  co_return error;
}

// [blobs.md 52]
TEST(Permission, EachKindOfRequestHasItsOwnSwitch) {
  run_test([]() -> Task<> {
    for (int closed = 0; closed < 4; ++closed) {
      for (int asked = 0; asked < 4; ++asked) {
        ServeOptions options;
        options.allow_get = closed != 0;
        options.allow_get_many = closed != 1;
        options.allow_push = closed != 2;
        options.allow_observe = closed != 3;
        const error_code error = co_await try_everything(options, static_cast<RequestKind>(asked));
        EXPECT_EQ(static_cast<bool>(error), closed == asked) << closed << ' ' << asked << ' ' << error.message();
      }
    }
  }());
}

// [blobs.md 52]
TEST(Permission, AnswersAreCodesAndNoAnswerIsAFailure) {
  run_test([]() -> Task<> {
    ServeOptions options;
    options.admit_request = [](ProviderRequest) { return answer(Admission::deny); };
    error_code error = co_await try_everything(options, RequestKind::get);
    EXPECT_EQ(error, BlobError::refused);
    options.admit_request = [](ProviderRequest) { return answer(Admission::limit); };
    error = co_await try_everything(options, RequestKind::get);
    EXPECT_EQ(error, BlobError::rate_limited);
    options.admit_request = [](ProviderRequest) { return fail_to_answer(); };
    error = co_await try_everything(options, RequestKind::get);
    EXPECT_EQ(error, BlobError::not_found);
  }());
}

// [blobs.md 53]
TEST(Permission, ARefusedClientIsToldWhy) {
  run_test([]() -> Task<> {
    ServeOptions options;
    options.admit_client = [](ProviderClient) { return answer(Admission::limit); };
    Network net = co_await network(std::move(options));
    const CloseReason reason = co_await net.connection.closed();
    EXPECT_EQ(reason.code, 2U);
    EXPECT_EQ(reason.reason, "limit");
    co_await close(net);
  }());
}

// [blobs.md 54]
TEST(Events, TellTheStoryOfARequest) {
  EventLog log;
  run_test([](EventLog& events) -> Task<> {
    ServeOptions options;
    options.on_event = events.sink();
    Network net = co_await network(std::move(options));
    const TempTag child = co_await net.source.add_bytes(letters(20'000));
    std::vector<Hash> hashes = {child.hash(), Hash::empty()};
    AddOptions add;
    add.format = BlobFormat::hash_seq;
    const TempTag root = co_await net.source.add_bytes(HashSeq(hashes).bytes(), add);
    co_await net.remote().fetch(root.content());
    bool is_told = co_await eventually([&] { return events.count(Kind::completed) == 1; });
    EXPECT_TRUE(is_told);
    std::vector<std::pair<Kind, std::uint64_t>> story;
    for (const ProviderEvent& event : events.events()) story.emplace_back(event.kind, event.index);
    const std::vector<std::pair<Kind, std::uint64_t>> expected = {
        {Kind::client_connected, 0}, {Kind::received, 0}, {Kind::started, 0}, {Kind::progress, 0},
        {Kind::started, 1},          {Kind::progress, 1}, {Kind::started, 2}, {Kind::completed, 2}};
    EXPECT_EQ(story, expected);
    const TransferStats stats = events.events().back().stats;
    EXPECT_EQ(stats.payload_bytes_written, 20'064U);
    EXPECT_EQ(stats.other_bytes_written, 3U * 8 + 64);
    co_await net.remote().try_get(GetRequest::blob(Hash::of("missing")));
    is_told = co_await eventually([&] { return events.count(Kind::aborted) == 1; });
    EXPECT_TRUE(is_told);
    net.connection.close(0);
    is_told = co_await eventually([&] { return events.count(Kind::client_closed) == 1; });
    EXPECT_TRUE(is_told);
    co_await close(net);
  }(log));
}

// [blobs.md 55]
TEST(Events, TheThrottleIsAskedOnceForEachLeafAndMayEndIt) {
  run_test([]() -> Task<> {
    std::vector<std::uint64_t> asked;
    ServeOptions options;
    options.throttle = [&asked](ProviderRequest, std::uint64_t size) {
      asked.push_back(size);
      return answer(asked.size() < 10 ? Admission::allow : Admission::limit);
    };
    Network net = co_await network(std::move(options));
    const TempTag first = co_await net.source.add_bytes(letters(40'000));
    co_await net.remote().fetch(first.content());
    const std::vector<std::uint64_t> leaves = {16'384, 16'384, 7232};
    EXPECT_EQ(asked, leaves);
    const TempTag second = co_await net.source.add_bytes(letters(1'000'000));
    const TransferResult result = co_await net.remote().try_fetch(second.content());
    EXPECT_EQ(result.failure->error, BlobError::rate_limited);
    EXPECT_LE(result.stats.payload_bytes_read, 7U * 16'384);
    co_await close(net);
  }());
}

// [blobs.md §3.10]
TEST(Events, ABandwidthLimitIsKept) {
  run_test([]() -> Task<> {
    ServeOptions options;
    options.bandwidth_limit = 2'000'000;
    Network net = co_await network(std::move(options));
    const TempTag added = co_await net.source.add_bytes(letters(1'000'000));
    const TransferResult result = co_await net.remote().fetch(added.content());
    const double seconds = std::chrono::duration<double>(result.stats.elapsed).count();
    EXPECT_GT(seconds, 0.4);
    EXPECT_LT(seconds, 5);
    co_await close(net);
  }());
}

}  // namespace
}  // namespace iroh::blobs
