// SPDX-License-Identifier: MIT OR Apache-2.0
// Peers that do not keep to the protocol: providers that lie, stall or send too much, requesters that never read, never
// finish or ask for absurd things.
#include "blobs/protocol/request_codec.hpp"
#include "blobs/provider/network_test_support.hpp"

namespace iroh::blobs {
namespace {

/// Answers every request with the same bytes, and then ends the stream, resets it or falls silent.
struct Liar {
  enum class End { finish, reset, silence };
  explicit Liar(std::string with, End how = End::finish) : bytes(std::move(with)), end(how) {}
  std::string bytes;
  End end;

  Task<> accept(Connection connection) const {
    for (;;) {
      auto [error, stream] = co_await connection.accept_bi(as_values);
      if (error) co_return;
      static_cast<void>(co_await stream.recv.read_to_end(10'000, as_values));
      static_cast<void>(co_await stream.send.write_all(bytes, as_values));
      if (end == End::finish) static_cast<void>(stream.send.finish());
      if (end == End::reset) static_cast<void>(stream.send.reset(3));
      if (end == End::silence) held_->push_back(std::move(stream));
    }
  }
  std::shared_ptr<std::vector<BiStream>> held_ = std::make_shared<std::vector<BiStream>>();
};

/// The response to a request for all of the blob.
Task<std::string> honest_response(const Bytes& data) {
  Network net = co_await network();
  const TempTag added = co_await net.source.add_bytes(data);
  const auto head = encode_get(GetRequest::blob(added.hash()));
  const std::string text(base::as_text(head));
  const RawResponse response = co_await raw_request(net.connection, text);
  co_await close(net);
  co_return response.bytes;
}

Task<TransferResult> ask(Liar liar, HashAndFormat content, GetOptions options, BlobStore store) {
  const Endpoint server = co_await Endpoint::bind(dialler());
  const Router router = Router(server).accept(blobs_alpn, std::move(liar));
  const Endpoint client = co_await Endpoint::bind(dialler());
  const Connection connection = co_await client.connect(server.addr(), blobs_alpn);
  TransferResult result = co_await RemoteBlobs(connection, store).try_fetch(content, std::move(options));
  connection.close(0);
  co_await client.close();
  co_await router.shutdown();
  co_return result;
}

// [blobs.md 19], [blobs.md 86]
TEST(HostileProvider, AWrongByteIsReportedWithItsPlace) {
  run_test([]() -> Task<> {
    const Bytes data = letters(100'000);
    std::string response = co_await honest_response(data);
    Liar liar(std::move(response));
    // In the third leaf: behind the size, three pairs, two leaves and another pair.
    liar.bytes[8 + 4 * 64 + 2 * 16'384 + 5] = 'x';
    const BlobStore store = BlobStore::in_memory();
    const TransferResult result = co_await ask(liar, HashAndFormat::raw(Hash::of(data)), GetOptions(), store);
    EXPECT_EQ(result.failure->error, BlobError::mismatch);
    EXPECT_EQ(result.failure->blob, Hash::of(data));
    EXPECT_EQ(result.failure->offset, 2U * 16'384);
    const Bitfield kept = co_await store.bitfield(Hash::of(data));
    EXPECT_EQ(kept.ranges(), ChunkRanges::range(0, 32));
  }());
}

// [blobs.md 20], [blobs.md 39], [blobs.md 89]
TEST(HostileProvider, EarlyEndsAreToldApartFromNotHavingIt) {
  run_test([]() -> Task<> {
    const Bytes data = letters(40'000);
    const std::string whole = co_await honest_response(data);
    const HashAndFormat content = HashAndFormat::raw(Hash::of(data));
    const std::string zeros(8, '\0');
    const struct {
      std::string bytes;
      Liar::End end;
      BlobError expected;
    } cases[] = {{"", Liar::End::finish, BlobError::not_found},
                 {"", Liar::End::reset, BlobError::not_found},
                 {zeros, Liar::End::finish, BlobError::not_found},
                 {whole.substr(0, 5), Liar::End::finish, BlobError::truncated},
                 {whole.substr(0, 20'000), Liar::End::finish, BlobError::truncated}};
    for (const auto& each : cases) {
      const Liar liar(each.bytes, each.end);
      const BlobStore store = BlobStore::in_memory();
      const TransferResult result = co_await ask(liar, content, GetOptions(), store);
      EXPECT_EQ(result.failure->error, each.expected);
    }
  }());
}

// [blobs.md 22]
TEST(HostileProvider, AbsurdSizesCostNothing) {
  run_test([]() -> Task<> {
    const std::string bytes_of_size = "\x7f\xff";
    for (const char byte : bytes_of_size) {
      const Liar liar(std::string(7, '\xff') + byte + std::string(100'000, 'x'));
      const BlobStore store = BlobStore::in_memory();
      const TransferResult result = co_await ask(liar, HashAndFormat::raw(Hash::of("it")), GetOptions(), store);
      EXPECT_EQ(result.failure->error, BlobError::mismatch);
      const std::vector<Hash> kept = co_await store.list();
      EXPECT_TRUE(kept.empty());
    }
  }());
}

// [blobs.md §3.4]
TEST(HostileProvider, DataBehindTheEndIsNoticedAndTheBlobKept) {
  run_test([]() -> Task<> {
    const Bytes data = letters(5000);
    std::string response = co_await honest_response(data);
    Liar liar(std::move(response));
    liar.bytes += "and more";
    const BlobStore store = BlobStore::in_memory();
    const TransferResult result = co_await ask(liar, HashAndFormat::raw(Hash::of(data)), GetOptions(), store);
    EXPECT_FALSE(result.failure);
    EXPECT_TRUE(result.has_trailing_data);
    EXPECT_EQ(co_await store.read(Hash::of(data)), data);
  }());
}

// C-034
TEST(HostileProvider, SilenceIsNotWaitedForForEver) {
  run_test([]() -> Task<> {
    const Bytes data = letters(100'000);
    const std::string whole = co_await honest_response(data);
    const std::vector<std::size_t> amounts = {0, 50'000};
    for (const std::size_t sent : amounts) {
      const Liar liar(whole.substr(0, sent), Liar::End::silence);
      GetOptions options;
      options.stall_timeout = std::chrono::milliseconds(200);
      const BlobStore store = BlobStore::in_memory();
      const TransferResult result = co_await ask(liar, HashAndFormat::raw(Hash::of(data)), options, store);
      EXPECT_EQ(result.failure->error, BlobError::stalled);
      const Bitfield kept = co_await store.bitfield(Hash::of(data));
      EXPECT_EQ(kept.ranges().is_empty(), sent == 0);
    }
  }());
}

// [blobs.md §3.10]
TEST(HostileRequester, WhoNeverFinishesARequestIsDropped) {
  run_test([]() -> Task<> {
    ServeOptions options;
    options.request_timeout = std::chrono::milliseconds(200);
    Network net = co_await network(std::move(options));
    const RawResponse response = co_await raw_request(net.connection, std::string(5, '\0'), false);
    EXPECT_EQ(response.reset_code, 2);
    co_await close(net);
  }());
}

TEST(HostileRequester, WhoNeverReadsIsDropped) {
  EventLog log;
  run_test([](EventLog& events) -> Task<> {
    ServeOptions options;
    options.stall_timeout = std::chrono::milliseconds(300);
    options.on_event = events.sink();
    Network net = co_await network(std::move(options));
    const TempTag added = co_await net.source.add_bytes(letters(3'000'000));
    const auto head = encode_get(GetRequest::blob(added.hash()));
    const BiStream stream = co_await net.connection.open_bi();
    co_await stream.send.write_all(head);
    static_cast<void>(stream.send.finish());
    const bool is_told = co_await eventually([&] { return events.count(ProviderEvent::Kind::aborted) == 1; });
    EXPECT_TRUE(is_told);
    EXPECT_EQ(events.events().back().failure->error, BlobError::stalled);
    co_await close(net);
  }(log));
}

// [blobs.md 43]
TEST(HostileRequester, WhoStopsInTheMiddleEndsTheTransferAtOnce) {
  EventLog log;
  run_test([](EventLog& events) -> Task<> {
    ServeOptions options;
    options.on_event = events.sink();
    options.bandwidth_limit = 1'000'000;
    Network net = co_await network(std::move(options));
    const TempTag added = co_await net.source.add_bytes(letters(8'000'000));
    const auto head = encode_get(GetRequest::blob(added.hash()));
    const BiStream stream = co_await net.connection.open_bi();
    co_await stream.send.write_all(head);
    static_cast<void>(stream.send.finish());
    static_cast<void>(co_await stream.recv.read());
    static_cast<void>(stream.recv.stop(0));
    const bool is_told = co_await eventually([&] { return events.count(ProviderEvent::Kind::aborted) == 1; });
    EXPECT_TRUE(is_told);
    co_await close(net);
  }(log));
}

// [blobs.md 26], [blobs.md 84]
TEST(HostileRequester, EndlessAndHugeRangesAreAnsweredOrRefusedAtOnce) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    std::vector<Hash> hashes = {Hash::empty()};
    AddOptions add;
    add.format = BlobFormat::hash_seq;
    const TempTag root = co_await net.source.add_bytes(HashSeq(hashes).bytes(), add);
    ChunkRangesSeqBuilder far;
    far.set_rest(std::uint64_t{1} << 62, ChunkRanges::all());
    GetRequest request{root.hash(), std::move(far).build()};
    auto head = encode_get(request);
    std::string text(base::as_text(head));
    const RawResponse nothing = co_await raw_request(net.connection, text);
    EXPECT_EQ(nothing.bytes, "");
    EXPECT_EQ(nothing.reset_code, std::nullopt);
    // Half a million boundaries in one set, in several requests at a time: they take turns.
    std::vector<std::uint64_t> boundaries;
    for (std::uint64_t i = 0; i < 500'000; ++i) boundaries.push_back(2 * i);
    GetRequest many = GetRequest::blob_ranges(root.hash(), *ChunkRanges::from_boundaries(std::move(boundaries)));
    head = encode_get(many);
    text = base::as_text(head);
    int answered = 0;
    const auto once = [](Connection connection, std::string bytes, int& count) -> Task<> {
      const RawResponse response = co_await raw_request(connection, bytes);
      if (response.bytes.size() == 40) ++count;
    };
    for (int i = 0; i < 5; ++i) {
      asio::co_spawn(co_await asio::this_coro::executor, once(net.connection, text, answered), asio::detached);
    }
    const bool is_over = co_await eventually([&answered] { return answered == 5; });
    EXPECT_TRUE(is_over);
    co_await close(net);
  }());
}

TEST(HostileRequester, AThousandStreamsAreServedAndForgotten) {
  run_test([]() -> Task<> {
    Network net = co_await network();
    const TempTag added = co_await net.source.add_bytes(letters(10));
    const auto head = encode_get(GetRequest::blob(added.hash()));
    const std::string text(base::as_text(head));
    for (int i = 0; i < 1000; ++i) {
      const BiStream stream = co_await net.connection.open_bi();
      static_cast<void>(co_await stream.send.write_all(text, as_values));
      if (i % 3 != 0) static_cast<void>(stream.send.finish());
      if (i % 3 == 1) static_cast<void>(stream.recv.stop(7));
      if (i % 3 == 0) static_cast<void>(stream.send.reset(9));
    }
    const TransferResult result = co_await net.remote().try_fetch(added.content());
    EXPECT_FALSE(result.failure);
    co_await close(net);
  }());
}

}  // namespace
}  // namespace iroh::blobs
