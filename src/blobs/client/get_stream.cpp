// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/client/get_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>

#include "blobs/as_values.hpp"
#include "blobs/service/watchdog.hpp"
#include "blobs/transfer/failures.hpp"

namespace iroh::blobs {
namespace {

/// Slices of a stream that are taken in one go: about a mebibyte.
constexpr std::size_t chunks_max = 1024;

/// What is done on the store's thread for all that has arrived.
Task<ReadState> feed(const Confined<ResponseReader>& reader, StoreHandle thread, std::vector<Bytes> chunks,
                     bool is_at_end) {
  auto work = [&reader, &chunks, is_at_end](StoreCore& core) {
    const ReadState& state = is_at_end ? reader->end(core.store()) : reader->feed(core.store(), chunks);
    for (const Hash& hash : state.touched) core.notify(hash);
    chunks.clear();
    return state;
  };
  co_return co_await on_store(std::move(thread), std::move(work));
}

std::uint64_t total_size(const std::vector<Bytes>& chunks) {
  std::uint64_t size = 0;
  for (const Bytes& bytes : chunks) size += bytes.size();
  return size;
}

/// A stream that ends when its watchdog says so.
struct WatchedStream {
  WatchedStream(BiStream opened, const asio::any_io_executor& executor, std::chrono::milliseconds patience)
      : stream(std::move(opened)), watchdog(executor, patience, [stream = stream] {
          static_cast<void>(stream.send.reset(static_cast<std::uint64_t>(BlobsCode::none)));
          static_cast<void>(stream.recv.stop(static_cast<std::uint64_t>(BlobsCode::none)));
        }) {}
  BiStream stream;
  Watchdog watchdog;
};

/// Reads until everything is there or something goes wrong; what a peer does not send is in the result.
Task<error_code> receive(WatchedStream& watched, const Confined<ResponseReader>& reader, StoreHandle thread,
                         const StreamOptions& options, ReadState& state) {
  while (!state.is_done && !state.failure) {
    auto [error, chunks] = co_await watched.stream.recv.read_chunks(chunks_max, as_values);
    if (error) co_return error;
    // What takes time on this side is not the provider's fault.
    watched.watchdog.pause();
    if (options.limiter != nullptr) co_await options.limiter->acquire(total_size(chunks));
    const bool is_at_end = chunks.empty();
    const std::uint64_t before = state.payload_bytes + state.other_bytes;
    state = co_await feed(reader, thread, std::move(chunks), is_at_end);
    watched.watchdog.resume();
    // What does not become verified content in time is as good as nothing: a byte now and then does not count.
    if (state.payload_bytes + state.other_bytes > before) watched.watchdog.touch();
    if (options.on_state && !options.on_state(state) && !state.is_done) co_return asio::error::operation_aborted;
  }
  co_return error_code();
}

/// [blobs.md §3.4] After a response that has an end of its own, the stream's end is expected.
Task<bool> has_more(WatchedStream& watched) {
  auto [error, chunks] = co_await watched.stream.recv.read_chunks(1, as_values);
  co_return !error && !chunks.empty();
}

}  // namespace

Task<StreamResult> get_on_stream(Connection connection, StoreHandle thread, std::vector<std::byte> head,
                                 std::unique_ptr<ResponseReader> response, StreamOptions options) {
  const auto begin = std::chrono::steady_clock::now();
  const auto executor = co_await asio::this_coro::executor;
  const Confined<ResponseReader> reader(thread, std::move(response));
  StreamResult outcome;
  ReadState state = co_await feed(reader, thread, {}, false);
  error_code broken;
  if (!state.is_done && !state.failure) {
    auto [error, stream] = co_await connection.open_bi(as_values);
    broken = error;
    if (!error) {
      WatchedStream watched(std::move(stream), executor, options.stall_timeout);
      outcome.result.stats.other_bytes_written = head.size();
      const auto [write_error] = co_await watched.stream.send.write_all(Bytes::copy_of(head), as_values);
      broken = write_error;
      if (!broken) static_cast<void>(watched.stream.send.finish());
      // A provider that stops the request has a reason, which it gives on the other half.
      if (!broken || broken.category() == stream_stopped_category()) {
        broken = co_await receive(watched, reader, thread, options, state);
      }
      if (watched.watchdog.has_expired()) broken = BlobError::stalled;
      if (state.is_done && state.ends_by_itself && !state.has_trailing_data) {
        state.has_trailing_data = co_await has_more(watched);
      }
      static_cast<void>(watched.stream.recv.stop(static_cast<std::uint64_t>(BlobsCode::none)));
    }
  }
  TransferResult& result = outcome.result;
  result.stats.payload_bytes_read = state.payload_bytes;
  result.stats.other_bytes_read = state.other_bytes;
  result.stats.elapsed = std::chrono::steady_clock::now() - begin;
  result.has_trailing_data = state.has_trailing_data;
  result.failure = state.failure;
  outcome.is_local_failure = state.is_local_failure;
  if (broken && !result.failure)
    result.failure = TransferFailure{from_stream_error(broken), state.hash, state.end_offset};
  co_return outcome;
}

}  // namespace iroh::blobs
