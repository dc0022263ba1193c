// SPDX-License-Identifier: MIT OR Apache-2.0
// A download that is going on: workers, one for each provider that is asked at the moment, take parts of what is
// missing until nothing is. Confined to its strand, except where it says otherwise. [blobs.md §5.4]
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "blobs/client/download_events.hpp"
#include "blobs/client/get_stream.hpp"
#include "blobs/client/wanted.hpp"
#include "blobs/service/rate_limiter.hpp"
#include "iroh/blobs/downloader.hpp"

namespace iroh::blobs {

class DownloadState : public std::enable_shared_from_this<DownloadState> {
 public:
  /// Parts smaller than this are not worth a request of their own.
  static constexpr std::uint64_t part_min = std::uint64_t{1} << 20;
  static constexpr std::uint64_t part_max = std::uint64_t{16} << 20;

  DownloadState(BlobStore store, ConnectionPool pool, boost::asio::any_io_executor executor, Wanted wanted,
                ProviderSource source, DownloadOptions options);

  // ---- From any thread

  void start(std::function<void()> on_over);
  void cancel();
  /// Nobody is interested any more: as cancel(), and the content is not protected longer than that takes.
  void release();
  const std::shared_ptr<DownloadEvents>& events() const noexcept { return events_; }
  TransferStats stats() const;
  boost::asio::any_io_executor executor() const { return strand_; }

 private:
  struct Worker {
    std::uint64_t id = 0;
    ChunkRangesSeq part;           ///< that it is getting now
    std::uint64_t payload = 0;     ///< of this part, so far
    std::uint64_t complete = 0;    ///< blobs of this part
    std::uint64_t part_bytes = 0;  ///< that the part has, as far as known
    std::chrono::steady_clock::time_point since{};
    bool gives_up_part = false;  ///< somebody faster takes the rest
    boost::asio::cancellation_signal cancel;
  };
  struct Plan {
    LocalInfo info;
    ChunkRangesSeq part;
    std::uint64_t part_bytes = 0;
    bool are_sizes_known = false;
  };

  Task<> run();
  Task<> work(Worker& worker);
  /// With one provider, until it fails or nothing is left to do.
  Task<std::optional<TransferFailure>> work_with(Worker& worker, const Connection& connection);
  Task<std::optional<EndpointAddr>> next_provider();
  /// Nothing when all is done, or the download is over; waits while everything is assigned to others.
  Task<std::optional<ChunkRangesSeq>> take_part(Worker& worker);
  Task<Result<Plan>> plan(Worker& worker);
  void take_over_from_slowest(const Worker& worker);
  bool on_state(Worker& worker, const ReadState& state);
  void apply(const LocalInfo& info);
  void stop(error_code error);
  bool is_over() const noexcept { return is_complete_ || error_.has_value(); }
  void wake();
  Task<> wait(std::chrono::milliseconds at_most);

  void emit(DownloadEvent::Kind kind, std::optional<EndpointId> provider = {},
            std::optional<TransferFailure> failure = {});

  const BlobStore store_;
  const ConnectionPool pool_;
  const boost::asio::any_io_executor strand_;
  const Wanted wanted_;
  const ProviderSource source_;
  const DownloadOptions options_;
  RateLimiter limiter_;
  const std::shared_ptr<DownloadEvents> events_;
  std::function<void()> on_over_;

  std::vector<TempTag> protection_;
  std::map<std::uint64_t, std::shared_ptr<Worker>> workers_;
  bool is_planning_ = false;
  bool is_asking_source_ = false;
  bool is_source_empty_ = false;
  bool are_sizes_known_ = false;  ///< or not needed
  bool is_complete_ = false;
  bool has_ended_ = false;
  bool is_released_ = false;
  std::optional<error_code> error_;
  std::set<boost::asio::steady_timer*> waiting_;

  std::uint64_t base_bytes_ = 0;  ///< in the store when it began, and what finished parts have brought
  std::uint64_t done_bytes_ = 0;  ///< the largest value that was told
  std::optional<std::uint64_t> total_bytes_;
  std::uint64_t base_blobs_ = 0;
  std::optional<std::uint64_t> total_blobs_;
  mutable std::mutex stats_mutex_;
  TransferStats stats_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace iroh::blobs
