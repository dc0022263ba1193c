// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/remote_blobs.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/system/system_error.hpp>

#include "base/try.hpp"
#include "blobs/client/get_stream.hpp"
#include "blobs/protocol/request_codec.hpp"
#include "blobs/service/internals.hpp"
#include "blobs/transfer/local_content.hpp"

namespace iroh {

using blobs::Internals;
using blobs::ResponseReader;
using blobs::StoreCore;

namespace {

TransferResult unless_failed(TransferResult result) {
  if (result.failure) throw boost::system::system_error(result.failure->error, result.failure->to_string());
  return result;
}

template <class T>
T value_of(Result<T> result) {
  if (!result) throw boost::system::system_error(result.error());
  return *std::move(result);
}

blobs::ReadLimits limits_of(const GetOptions& options) noexcept {
  return {options.blob_size_max, options.hash_seq_size_max};
}

blobs::StreamOptions stream_options(const GetOptions& options) {
  blobs::StreamOptions stream;
  stream.stall_timeout = options.stall_timeout;
  if (options.progress) {
    stream.on_state = [progress = options.progress](const blobs::ReadState& state) {
      progress({state.index, state.payload_bytes});
      return true;
    };
  }
  return stream;
}

TransferResult failed(error_code error, const Hash& hash) {
  TransferResult result;
  result.failure = TransferFailure{error, hash, 0};
  return result;
}

}  // namespace

Task<LocalInfo> local_info(BlobStore store, GetRequest request) {
  auto work = [&request](StoreCore& core) { return blobs::find_local(core.store(), request); };
  auto found = co_await blobs::on_store(Internals::thread(store), std::move(work));
  co_return value_of(std::move(found));
}

// ---- Getting

Task<TransferResult> RemoteBlobs::try_get(GetRequest request, GetOptions options) const {
  auto head = blobs::encode_get(request);
  if (head.size() > blobs::request_size_max) co_return failed(BlobError::size_limit_exceeded, request.hash);
  auto reader = std::make_unique<ResponseReader>(std::move(request), limits_of(options));
  auto outcome = co_await blobs::get_on_stream(connection_, Internals::thread(store_), std::move(head),
                                               std::move(reader), stream_options(options));
  co_return std::move(outcome.result);
}

Task<TransferResult> RemoteBlobs::try_get_many(GetManyRequest request, GetOptions options) const {
  // [blobs.md 87] Nothing is asked for, so nobody is asked.
  if (request.hashes.empty()) co_return TransferResult();
  auto head = blobs::encode_get_many(request);
  if (head.size() > blobs::request_size_max) co_return failed(BlobError::size_limit_exceeded, request.hashes.front());
  auto reader = std::make_unique<ResponseReader>(std::move(request), limits_of(options));
  auto outcome = co_await blobs::get_on_stream(connection_, Internals::thread(store_), std::move(head),
                                               std::move(reader), stream_options(options));
  co_return std::move(outcome.result);
}

Task<TransferResult> RemoteBlobs::try_fetch(HashAndFormat content, GetOptions options) const {
  auto request = GetRequest::all_of(content);
  auto work = [&request](StoreCore& core) { return blobs::find_local(core.store(), request); };
  auto local = co_await blobs::on_store(Internals::thread(store_), std::move(work));
  if (!local) co_return failed(local.error(), content.hash);
  // [blobs.md 79]
  if (local->is_complete()) co_return TransferResult();
  co_return co_await try_get(std::move(local->missing), std::move(options));
}

Task<TransferResult> RemoteBlobs::get(GetRequest request, GetOptions options) const {
  co_return unless_failed(co_await try_get(std::move(request), std::move(options)));
}

Task<TransferResult> RemoteBlobs::get_many(GetManyRequest request, GetOptions options) const {
  co_return unless_failed(co_await try_get_many(std::move(request), std::move(options)));
}

Task<TransferResult> RemoteBlobs::fetch(HashAndFormat content, GetOptions options) const {
  co_return unless_failed(co_await try_fetch(content, std::move(options)));
}

Task<TransferResult> RemoteBlobs::push(GetRequest content) const {
  co_return unless_failed(co_await try_push(std::move(content)));
}

// ---- Sizes

Task<HashSeqSizes> RemoteBlobs::sizes(Hash hash_seq, GetOptions options) const {
  const ChunkRanges sets[] = {ChunkRanges::all(), ChunkRanges::last_chunk()};
  GetRequest request = {hash_seq, ChunkRangesSeq::infinite(sets)};
  LocalInfo local = co_await local_info(store_, std::move(request));
  const std::uint64_t max = options.hash_seq_size_max;
  if (!local.is_complete()) co_await get(std::move(local.missing), std::move(options));
  auto work = [hash_seq, max](StoreCore& core) -> Result<HashSeqSizes> {
    IROH_TRY(bytes, blobs::read_all(core.store(), hash_seq, max == 0 ? UINT64_MAX : max));
    IROH_TRY(children, HashSeq::from_bytes(std::move(bytes)));
    HashSeqSizes found = {children, {}};
    for (const Hash& hash : children.hashes()) {
      IROH_TRY(bitfield, core.store().bitfield(hash));
      if (!bitfield.is_validated()) return std::unexpected(make_error_code(BlobError::not_found));
      found.sizes.push_back(bitfield.size());
    }
    return found;
  };
  auto found = co_await blobs::on_store(Internals::thread(store_), std::move(work));
  co_return value_of(std::move(found));
}

}  // namespace iroh
