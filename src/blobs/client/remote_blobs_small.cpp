// SPDX-License-Identifier: MIT OR Apache-2.0
// What needs no store, and pushing. [blobs.md §3.6], [blobs.md §3.7], [blobs.md §3.12]
#include <boost/asio/as_tuple.hpp>
#include <boost/system/system_error.hpp>

#include "bao/decoder.hpp"
#include "blobs/as_values.hpp"
#include "blobs/protocol/observe_item.hpp"
#include "blobs/service/internals.hpp"
#include "blobs/transfer/failures.hpp"
#include "blobs/transfer/response_writer.hpp"
#include "iroh/blobs/remote_blobs.hpp"

namespace iroh {
namespace {

using blobs::as_values;

namespace asio = boost::asio;

[[noreturn]] void fail(error_code error) {
  throw boost::system::system_error(blobs::from_stream_error(error));
}

Task<BiStream> start(Connection connection, std::vector<std::byte> head) {
  auto [open_error, stream] = co_await connection.open_bi(as_values);
  if (open_error) fail(open_error);
  const auto [error] = co_await stream.send.write_all(Bytes::copy_of(head), as_values);
  if (error && error.category() != stream_stopped_category()) fail(error);
  if (!error) static_cast<void>(stream.send.finish());
  co_return std::move(stream);
}

/// Reads the proof of a blob's size; only the claim if that is enough.
Task<std::uint64_t> read_size(Connection connection, Hash hash, bool is_claim_enough) {
  const ChunkRanges ranges = ChunkRanges::last_chunk();
  const BiStream stream =
      co_await start(std::move(connection), blobs::encode_get(GetRequest::blob_ranges(hash, ranges)));
  bao::Decoder decoder(hash.bytes(), ranges);
  while (!decoder.is_done() && !(is_claim_enough && decoder.claimed_size())) {
    auto [error, bytes] = co_await stream.recv.read(RecvStream::default_read_size, as_values);
    if (error) fail(error);
    if (bytes.empty()) fail(blobs::to_error(decoder.end_of_stream().kind));
    base::ByteSpan rest = bytes;
    while (!rest.empty() && !decoder.is_done()) {
      const auto item = decoder.next(rest);
      if (!item) fail(blobs::to_error(item.error().kind));
    }
  }
  static_cast<void>(stream.recv.stop(static_cast<std::uint64_t>(BlobsCode::none)));
  // [blobs.md 89] A size of 0 is said by providers that know nothing of the blob.
  if (*decoder.claimed_size() == 0 && hash != Hash::empty()) fail(BlobError::not_found);
  co_return *decoder.claimed_size();
}

}  // namespace

Task<std::uint64_t> RemoteBlobs::claimed_size(Hash hash) const {
  co_return co_await read_size(connection_, hash, true);
}

Task<std::uint64_t> RemoteBlobs::verified_size(Hash hash) const {
  co_return co_await read_size(connection_, hash, false);
}

Task<> RemoteBlobs::observe(Hash hash, std::function<bool(const Bitfield&)> on_update) const {
  ObserveRequest request{hash};
  const BiStream stream = co_await start(connection_, blobs::encode_observe(request));
  blobs::ObserveReader reader;
  for (;;) {
    auto [error, bytes] = co_await stream.recv.read(RecvStream::default_read_size, as_values);
    // [blobs.md 51], [blobs.md 90] The end of updates, or a provider that cannot tell.
    if (error && error.category() != stream_reset_category()) fail(error);
    if (error || bytes.empty()) {
      if (reader.items() == 0) fail(error && error.value() != 3 ? error : error_code(BlobError::not_found));
      co_return;
    }
    const std::uint64_t before = reader.items();
    if (!reader.feed(bytes)) {
      static_cast<void>(stream.recv.stop(static_cast<std::uint64_t>(BlobsCode::none)));
      fail(BlobError::malformed);
    }
    if (reader.items() > before && !on_update(reader.bitfield())) break;
  }
  static_cast<void>(stream.recv.stop(static_cast<std::uint64_t>(BlobsCode::none)));
}

namespace {

/// [blobs.md §3.6] Why a provider reads no more of a push. With code 0 it may have refused it, which its half of the
/// stream says, or it had all it needed before it saw the end.
Task<error_code> reason_of_stop(RecvStream recv, std::uint64_t code) {
  if (code == 0) {
    auto [error, bytes] = co_await recv.read(1, as_values);
    if (!error) co_return error_code();
    if (error.category() != stream_reset_category()) co_return blobs::from_stream_error(error);
    code = static_cast<std::uint64_t>(error.value());
  }
  co_return code == 2 ? BlobError::rate_limited : BlobError::refused;
}

}  // namespace

Task<TransferResult> RemoteBlobs::try_push(GetRequest content) const {
  const auto begin = std::chrono::steady_clock::now();
  const auto& thread = blobs::Internals::thread(store_);
  TransferResult result;
  const auto failed = [&](error_code error) {
    result.failure = TransferFailure{blobs::from_stream_error(error), content.hash, 0};
    result.stats.elapsed = std::chrono::steady_clock::now() - begin;
    return result;
  };
  auto [open_error, stream] = co_await connection_.open_bi(as_values);
  if (open_error) co_return failed(open_error);
  const auto head = blobs::encode_push(content);
  result.stats.other_bytes_written = head.size();
  Bytes next = Bytes::copy_of(head);
  const blobs::Confined<blobs::ResponseWriter> writer(thread, std::make_unique<blobs::ResponseWriter>(content));
  for (bool is_last = false;;) {
    const auto [error] = co_await stream.send.write_all(std::move(next), as_values);
    if (error && error.category() == stream_stopped_category()) {
      const error_code reason = co_await reason_of_stop(stream.recv, static_cast<std::uint64_t>(error.value()));
      co_return failed(reason ? reason : make_error_code(BlobError::refused));  // not all was sent
    }
    if (error) co_return failed(error);
    if (is_last) break;
    auto work = [&writer](blobs::StoreCore& core) {
      return writer->next(core.store(), core.buffers(), blobs::StoreCore::batch_size, false);
    };
    blobs::ResponseBatch batch = co_await blobs::on_store(thread, std::move(work));
    if (batch.failure) {
      static_cast<void>(stream.send.reset(static_cast<std::uint64_t>(BlobsCode::internal)));
      result.failure = batch.failure;
      co_return result;
    }
    result.stats.payload_bytes_written += batch.payload_bytes;
    result.stats.other_bytes_written += batch.bytes.size() - batch.payload_bytes;
    is_last = batch.is_last;
    next = std::move(batch.bytes);
  }
  static_cast<void>(stream.send.finish());
  const auto [error, code] = co_await stream.send.stopped(as_values);
  if (error) co_return failed(error);
  if (code) {
    const error_code reason = co_await reason_of_stop(stream.recv, *code);
    if (reason) co_return failed(reason);
  }
  static_cast<void>(stream.recv.stop(static_cast<std::uint64_t>(BlobsCode::none)));
  result.stats.elapsed = std::chrono::steady_clock::now() - begin;
  co_return result;
}

}  // namespace iroh
