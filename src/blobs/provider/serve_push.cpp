// SPDX-License-Identifier: MIT OR Apache-2.0
// What a client brings. [blobs.md §3.6]
#include <boost/asio/as_tuple.hpp>

#include "blobs/as_values.hpp"
#include "blobs/provider/request_stream.hpp"
#include "blobs/transfer/failures.hpp"

namespace iroh::blobs {
namespace {

/// Slices of a stream that are taken in one go: about a mebibyte.
constexpr std::size_t chunks_max = 1024;

}  // namespace

Task<> RequestStream::take_push() {
  Provider& provider = connection_->provider();
  static_cast<void>(send_.finish());
  const ReadLimits limits = {provider.options().push_size_max, std::uint64_t{32} << 20};
  const Confined<ResponseReader> reader(
      provider.thread(), std::make_unique<ResponseReader>(std::get<GetRequest>(*event_.request->what), limits));
  std::vector<Bytes> chunks;
  chunks.push_back(Bytes::copy_of(input_));
  input_.clear();
  ReadState state;
  error_code broken;
  for (bool is_at_end = false;;) {
    auto work = [&reader, &chunks, is_at_end](StoreCore& core) {
      const ReadState& now = is_at_end ? reader->end(core.store()) : reader->feed(core.store(), chunks);
      for (const Hash& hash : now.touched) core.notify(hash);
      return now;
    };
    ReadState next = co_await on_store(provider.thread(), std::move(work));
    watchdog_.touch();
    if (next.hash && next.size > 0 && (state.index != next.index || state.size == 0)) {
      emit_mark(BlobStart{next.index, *next.hash, next.size});
    }
    if (next.payload_bytes > state.payload_bytes) emit_mark(LeafEnd{0, next.end_offset, 0});
    state = std::move(next);
    // The end is waited for: data after it would be a mistake of the client.
    if (state.failure || is_at_end || state.has_trailing_data) break;
    auto [error, more] = co_await recv_.read_chunks(chunks_max, as_values);
    if (error) {
      broken = error;
      break;
    }
    is_at_end = more.empty();
    std::uint64_t size = 0;
    for (const Bytes& bytes : more) size += bytes.size();
    co_await provider.limiter().acquire(size);
    chunks = std::move(more);
  }
  event_.stats.payload_bytes_read += state.payload_bytes;
  event_.stats.other_bytes_read += state.other_bytes;
  std::optional<TransferFailure> failure = state.failure;
  if (!failure && state.has_trailing_data) failure = TransferFailure{BlobError::malformed, event_.hash, 0};
  if (!failure && broken) failure = TransferFailure{from_stream_error(broken), event_.hash, event_.end_offset};
  if (watchdog_.has_expired()) failure = TransferFailure{BlobError::stalled, event_.hash, event_.end_offset};
  // [blobs.md 47]
  if (failure) static_cast<void>(recv_.stop(static_cast<std::uint64_t>(BlobsCode::internal)));
  finish(std::move(failure));
}

}  // namespace iroh::blobs
