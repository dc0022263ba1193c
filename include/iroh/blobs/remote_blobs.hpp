// SPDX-License-Identifier: MIT OR Apache-2.0
/// RemoteBlobs: requests to one provider over one connection. For one or several providers at a time, and for retries,
/// see Downloader. [blobs.md §5.2]
///
///   auto connection = co_await endpoint.connect(ticket.addr(), iroh::blobs_alpn);
///   iroh::RemoteBlobs remote(connection, store);
///   co_await remote.fetch(ticket.content());      // only what is missing
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "iroh/blobs/blob_store.hpp"
#include "iroh/blobs/hash_seq.hpp"
#include "iroh/blobs/request.hpp"
#include "iroh/blobs/transfer.hpp"
#include "iroh/endpoint/connection.hpp"
#include "iroh/endpoint/task.hpp"

namespace iroh {

/// What a request has got so far.
struct GetProgress {
  std::uint64_t index = 0;          ///< position of the blob that comes in now
  std::uint64_t payload_bytes = 0;  ///< of the request, verified
};

struct GetOptions {
  /// Called after each batch, on the caller's executor; must be quick.
  std::function<void(const GetProgress&)> progress = {};
  /// Nothing new for so long: BlobError::stalled. 0: never.
  std::chrono::milliseconds stall_timeout{20'000};
  /// Blobs that claim to be larger are not read: BlobError::size_limit_exceeded. 0: no limit.
  std::uint64_t blob_size_max = 0;
  /// The same for the root of a request for several blobs, which is a list of hashes: 32 MiB are a million.
  std::uint64_t hash_seq_size_max = std::uint64_t{32} << 20;
};

/// [blobs.md §3.12] Sizes proven by their last chunks.
struct HashSeqSizes {
  HashSeq hash_seq;
  std::vector<std::uint64_t> sizes;  ///< one for each element
};

/// What is missing of some content, and how much is there. [blobs.md §5.1]
struct LocalInfo {
  GetRequest missing;  ///< empty if nothing is
  std::uint64_t local_bytes = 0;
  /// Bytes of everything asked for, if all sizes are known.
  std::optional<std::uint64_t> total_bytes;
  std::optional<std::uint64_t> children;  ///< if the size of the hash sequence is proven; 0 for a single blob
  /// Blobs of which everything is there; partial requests do not count.
  std::uint64_t complete_blobs = 0;
  bool is_complete() const noexcept { return missing.ranges.is_empty(); }
};

/// A handle: cheap to copy. Requests may run at the same time, each has a stream of its own. Errors:
/// BlobError::refused, rate_limited, not_found (the provider cannot serve it, others may), mismatch, truncated,
/// stalled; those of the store, of streams and of the connection. What was verified before an error is in the store.
class RemoteBlobs {
 public:
  RemoteBlobs(Connection connection, BlobStore store) noexcept
      : connection_(std::move(connection)), store_(std::move(store)) {}

  const Connection& connection() const noexcept { return connection_; }
  const BlobStore& store() const noexcept { return store_; }

  /// What of the content is not in the store yet; completes with a TransferResult, at once if that is nothing.
  Task<TransferResult> fetch(HashAndFormat content, GetOptions options = {}) const;
  /// Exactly what the request says, whatever is in the store; the same for the next.
  Task<TransferResult> get(GetRequest request, GetOptions options = {}) const;
  Task<TransferResult> get_many(GetManyRequest request, GetOptions options = {}) const;
  /// Sends from the store. That the provider has taken it is not said by the protocol: observe() tells.
  Task<TransferResult> push(GetRequest content) const;
  /// The same, but failures are in the result instead of exceptions.
  Task<TransferResult> try_fetch(HashAndFormat content, GetOptions options = {}) const;
  Task<TransferResult> try_get(GetRequest request, GetOptions options = {}) const;
  Task<TransferResult> try_get_many(GetManyRequest request, GetOptions options = {}) const;
  Task<TransferResult> try_push(GetRequest content) const;

  /// Calls `on_update` with the whole bitfield of the provider, at once and after each change, until it returns false
  /// or the provider has no more to say. Fails with BlobError::not_found if the provider cannot tell.
  Task<> observe(Hash hash, std::function<bool(const Bitfield&)> on_update) const;

  /// Small requests, [blobs.md §3.12]: a size that is only claimed, one that is proven, and the sizes of all children.
  Task<std::uint64_t> claimed_size(Hash hash) const;
  Task<std::uint64_t> verified_size(Hash hash) const;
  /// The hash sequence is put into the store; sizes of children that are there already are not asked for again.
  Task<HashSeqSizes> sizes(Hash hash_seq, GetOptions options = {}) const;

 private:
  Connection connection_;
  BlobStore store_;
};

/// What of the request is in the store.
Task<LocalInfo> local_info(BlobStore store, GetRequest request);

}  // namespace iroh
