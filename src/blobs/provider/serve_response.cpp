// SPDX-License-Identifier: MIT OR Apache-2.0
// Answers to get and get-many. [blobs.md §3.4], [blobs.md §3.5]
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include "blobs/as_values.hpp"
#include "blobs/provider/request_stream.hpp"
#include "blobs/transfer/failures.hpp"

namespace iroh::blobs {
namespace {

std::unique_ptr<ResponseWriter> make_writer(const std::variant<GetRequest, GetManyRequest, ObserveRequest>& what) {
  if (const auto* many = std::get_if<GetManyRequest>(&what)) return std::make_unique<ResponseWriter>(*many);
  return std::make_unique<ResponseWriter>(std::get<GetRequest>(what));
}

}  // namespace

Task<> RequestStream::send_response() {
  Provider& provider = connection_->provider();
  const Confined<ResponseWriter> writer(provider.thread(), make_writer(*event_.request->what));
  const bool is_throttled = static_cast<bool>(provider.options().throttle);
  std::optional<TransferFailure> failure;
  for (bool is_last = false; !is_last && !failure;) {
    auto work = [&writer, size = connection_->batch_size(), is_throttled](StoreCore& core) {
      return writer->next(core.store(), core.buffers(), size, is_throttled);
    };
    const ResponseBatch batch = co_await on_store(provider.thread(), std::move(work));
    watchdog_.touch();
    if (is_throttled) {
      failure = co_await send_throttled(batch);
    } else {
      failure = co_await send_batch(batch);
    }
    if (!failure && batch.failure) {
      // [blobs.md 39], [blobs.md 40], [blobs.md 41]
      failure = batch.failure;
      co_await reset_after_drain(BlobsCode::internal);
    }
    is_last = batch.is_last;
  }
  if (!failure) {
    static_cast<void>(send_.finish());
    watchdog_.touch();
    // Completed means that the client has it, or has left with it.
    static_cast<void>(co_await send_.stopped(as_values));
    if (watchdog_.has_expired()) failure = TransferFailure{BlobError::stalled, {}, 0};
  } else {
    // [blobs.md 43] Of a stream that was reset before nothing more is said.
    static_cast<void>(send_.reset(static_cast<std::uint64_t>(BlobsCode::internal)));
  }
  finish(std::move(failure));
}

Task<std::optional<TransferFailure>> RequestStream::write(Bytes bytes) {
  if (bytes.empty()) co_return std::nullopt;
  co_await connection_->provider().limiter().acquire(bytes.size());
  watchdog_.touch();
  auto [error] = co_await send_.write_all(std::move(bytes), as_values);
  watchdog_.touch();
  if (watchdog_.has_expired()) co_return TransferFailure{BlobError::stalled, event_.hash, event_.end_offset};
  if (error) co_return TransferFailure{from_stream_error(error), event_.hash, event_.end_offset};
  co_return std::nullopt;
}

Task<std::optional<TransferFailure>> RequestStream::send_batch(const ResponseBatch& batch) {
  auto failure = co_await write(batch.bytes);
  if (failure) co_return failure;
  event_.stats.payload_bytes_written += batch.payload_bytes;
  event_.stats.other_bytes_written += batch.bytes.size() - batch.payload_bytes;
  for (const auto& mark : batch.marks) emit_mark(mark);
  co_return std::nullopt;
}

/// [blobs.md 55] Leaf by leaf, with a question after each.
Task<std::optional<TransferFailure>> RequestStream::send_throttled(const ResponseBatch& batch) {
  std::size_t sent = 0;
  for (const auto& mark : batch.marks) {
    emit_mark(mark);
    const auto* leaf = std::get_if<LeafEnd>(&mark);
    if (leaf == nullptr) continue;
    auto failure = co_await write(batch.bytes.slice(sent, leaf->position - sent));
    if (failure) co_return failure;
    event_.stats.payload_bytes_written += leaf->size;
    event_.stats.other_bytes_written += leaf->position - sent - leaf->size;
    sent = leaf->position;
    watchdog_.pause();
    Task<Admission> question = connection_->provider().options().throttle(*event_.request, leaf->size);
    const Admission admission = co_await std::move(question);
    watchdog_.touch();
    if (admission == Admission::allow) continue;
    const bool is_denied = admission == Admission::deny;
    co_await reset_after_drain(is_denied ? BlobsCode::permission : BlobsCode::limit);
    co_return TransferFailure{is_denied ? BlobError::refused : BlobError::rate_limited, event_.hash, leaf->end_offset};
  }
  event_.stats.other_bytes_written += batch.bytes.size() - sent;
  co_return co_await write(batch.bytes.slice(sent));
}

/// [blobs.md §3.8] A reset overtakes what was written before it, and drops it: what is right already gets a moment.
Task<> RequestStream::reset_after_drain(BlobsCode code) {
  if (event_.stats.payload_bytes_written > 0) {
    using std::chrono::milliseconds;
    const auto round_trips = std::chrono::duration_cast<milliseconds>(3 * connection_->connection().rtt());
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(std::clamp(round_trips, milliseconds(20), milliseconds(500)));
    co_await timer.async_wait(as_values);
  }
  static_cast<void>(send_.reset(static_cast<std::uint64_t>(code)));
}

}  // namespace iroh::blobs
