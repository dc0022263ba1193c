// SPDX-License-Identifier: MIT OR Apache-2.0
/// Downloader: gets content from whoever has it. What is in the store already is not fetched again, so an interrupted
/// download is resumed by asking for it once more. [blobs.md §5.4]
///
///   iroh::Downloader downloader(endpoint, store);
///   iroh::Download download = downloader.fetch(ticket.content(), {ticket.addr()});
///   while (auto event = co_await download.next()) bar.update(event->bytes_done, event->bytes_total);
///   co_await store.export_path(ticket.hash(), target);           // not reached if the download fails: next() throws
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "iroh/blobs/blob_store.hpp"
#include "iroh/blobs/connection_pool.hpp"
#include "iroh/blobs/request.hpp"
#include "iroh/blobs/transfer.hpp"
#include "iroh/endpoint/endpoint.hpp"

namespace iroh {

namespace blobs {
class DownloadState;
class DownloaderState;
}  // namespace blobs

/// Where more providers come from: called again and again until it gives nothing. [blobs.md §5.4]
using ProviderSource = std::function<Task<std::optional<EndpointAddr>>()>;

struct DownloadOptions {
  /// Providers that are asked at the same time, each for other parts.
  std::size_t max_parallel_providers = 4;
  /// Finds out the sizes of all children of a hash sequence before their content is fetched, so that bytes_total is
  /// known from the start. Costs a round trip, and small files are fetched by it.
  bool probe_sizes = false;
  /// A provider from which nothing comes for so long is given up for this download.
  std::chrono::milliseconds stall_timeout{20'000};
  /// 0: no limit.
  std::uint64_t blob_size_max = 0;
  std::uint64_t hash_seq_size_max = std::uint64_t{32} << 20;
  /// Bytes per second of this download; 0: no limit.
  std::uint64_t bandwidth_limit = 0;
};

struct DownloadEvent {
  enum class Kind : std::uint8_t {
    trying,           ///< a provider; it is being connected to
    connected,        ///< to a provider, which gets its first request
    progress,         ///< bytes_done has grown; merged if nobody takes them
    provider_failed,  ///< and is not asked again; what it had sent is kept. `failure` says why
    complete,         ///< everything is in the store: the last event
  };
  Kind kind = Kind::progress;
  std::optional<EndpointId> provider;
  std::optional<TransferFailure> failure;
  /// Payload in the store, what was there before included.
  std::uint64_t bytes_done = 0;
  /// As far as it is known: with one request for several blobs it grows as their sizes arrive.
  std::optional<std::uint64_t> bytes_total;
  /// Blobs complete so far, and how many there are, the hash sequence itself included.
  std::uint64_t blobs_done = 0;
  std::optional<std::uint64_t> blobs_total;
  TransferStats stats;  ///< of this download, so far
};

/// A handle; when the last copy goes, a download that is not complete is cancelled. Until then its content is protected
/// from garbage collection: there is time to set a tag.
class Download {
 public:
  Download() noexcept = default;  ///< empty
  /// Completes with an optional<DownloadEvent>: nothing after Kind::complete. Fails if the download has failed: with
  /// BlobError::no_providers if all have, else with the store's error. A cancelled call loses no event.
  template <class Token = DefaultToken>
  auto next(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_next, state_);
  }
  /// Waits for the end and takes all events; completes with TransferStats.
  template <class Token = DefaultToken>
  auto finish(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_finish, state_);
  }
  /// next() fails with boost::asio::error::operation_aborted then. What was verified stays in the store.
  void cancel() const;

 private:
  friend class Downloader;
  using State = std::shared_ptr<blobs::DownloadState>;
  struct Owner;
  Download(State state, std::shared_ptr<Owner> owner) noexcept : state_(std::move(state)), owner_(std::move(owner)) {}
  static void start_next(CompletionHandler<std::optional<DownloadEvent>> handler, State state);
  static void start_finish(CompletionHandler<TransferStats> handler, State state);

  State state_;
  std::shared_ptr<Owner> owner_;
};

struct DownloaderOptions {
  std::string alpn{blobs_alpn};
  PoolOptions pool;
};

/// A handle: cheap to copy, safe from any thread. Downloads go on without it.
class Downloader {
 public:
  Downloader(Endpoint endpoint, BlobStore store, DownloaderOptions options = {});

  /// Starts at once, on the endpoint's executor. The order of providers is that of preference.
  Download fetch(HashAndFormat content, std::vector<EndpointAddr> providers, DownloadOptions options = {}) const {
    return fetch(GetRequest::all_of(content), std::move(providers), std::move(options));
  }
  /// A part of some content, a range of bytes say:
  ///   downloader.fetch(iroh::GetRequest::blob_ranges(hash, iroh::ChunkRanges::bytes(begin, end)), {addr});
  Download fetch(GetRequest request, std::vector<EndpointAddr> providers, DownloadOptions options = {}) const;
  Download fetch(GetRequest request, ProviderSource source, DownloadOptions options = {}) const;
  /// Several blobs, independent of each other.
  Download fetch_many(std::vector<Hash> hashes, std::vector<EndpointAddr> providers,
                      DownloadOptions options = {}) const;

  const BlobStore& store() const noexcept;
  const ConnectionPool& pool() const noexcept;
  /// Completes when no download runs.
  template <class Token = DefaultToken>
  auto idle(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_idle, state_);
  }

 private:
  using State = std::shared_ptr<blobs::DownloaderState>;
  static void start_idle(CompletionHandler<> handler, State state);
  Download start(std::shared_ptr<blobs::DownloadState> download) const;

  State state_;
};

}  // namespace iroh
