// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/downloader.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <mutex>

#include "blobs/client/download_state.hpp"
#include "blobs/service/completion.hpp"

namespace iroh {
namespace blobs {

class DownloaderState {
 public:
  DownloaderState(const Endpoint& of, BlobStore into, DownloaderOptions options)
      : endpoint(of), store(std::move(into)), pool(of, std::move(options.alpn), std::move(options.pool)) {}

  void begin() {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  void end() {
    std::vector<Completion<>> idle;
    {
      const std::lock_guard lock(mutex_);
      if (--running_ > 0) return;
      idle.swap(waiting_);
    }
    for (auto& completion : idle) completion.post(endpoint.executor(), error_code());
  }
  void wait_idle(CompletionHandler<> handler) {
    Completion<> completion(std::move(handler));
    {
      const std::lock_guard lock(mutex_);
      if (running_ > 0) return waiting_.push_back(std::move(completion));
    }
    completion.post(endpoint.executor(), error_code());
  }

  const Endpoint endpoint;
  const BlobStore store;
  const ConnectionPool pool;

 private:
  std::mutex mutex_;
  std::size_t running_ = 0;
  std::vector<Completion<>> waiting_;
};

namespace {

ProviderSource source_of(std::vector<EndpointAddr> providers) {
  auto rest = std::make_shared<std::vector<EndpointAddr>>(std::move(providers));
  return [rest, next = std::size_t{0}]() mutable -> Task<std::optional<EndpointAddr>> {
    std::optional<EndpointAddr> found;
    if (next < rest->size()) found = (*rest)[next++];
    co_return found;
  };
}

}  // namespace
}  // namespace blobs

struct Download::Owner {
  explicit Owner(State of) noexcept : state(std::move(of)) {}
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
  ~Owner() { state->release(); }
  State state;
};

void Download::start_next(CompletionHandler<std::optional<DownloadEvent>> handler, State state) {
  state->events()->next(std::move(handler), state->events());
}

namespace {

Task<TransferStats> take_all(std::shared_ptr<blobs::DownloadState> state, Download download) {
  for (;;) {
    const auto event = co_await download.next();
    if (!event) co_return state->stats();
  }
}

}  // namespace

void Download::start_finish(CompletionHandler<TransferStats> handler, State state) {
  auto slot = boost::asio::get_associated_cancellation_slot(handler);
  const auto executor = state->executor();
  auto on_over = [completion = blobs::Completion<TransferStats>(std::move(handler)), executor](
                     const std::exception_ptr& thrown, const TransferStats& stats) mutable {
    error_code error;
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& failure) {
      error = failure.code();
    }
    completion.post(executor, error, stats);
  };
  boost::asio::co_spawn(executor, take_all(state, Download(state, nullptr)),
                        boost::asio::bind_cancellation_slot(slot, std::move(on_over)));
}

void Download::cancel() const {
  state_->cancel();
}

Downloader::Downloader(Endpoint endpoint, BlobStore store, DownloaderOptions options)
    : state_(std::make_shared<blobs::DownloaderState>(endpoint, std::move(store), std::move(options))) {}

Download Downloader::start(std::shared_ptr<blobs::DownloadState> download) const {
  state_->begin();
  download->start([state = state_] { state->end(); });
  auto owner = std::make_shared<Download::Owner>(download);
  return {std::move(download), std::move(owner)};
}

Download Downloader::fetch(GetRequest request, ProviderSource source, DownloadOptions options) const {
  return start(std::make_shared<blobs::DownloadState>(state_->store, state_->pool, state_->endpoint.executor(),
                                                      blobs::Wanted(std::move(request)), std::move(source), options));
}

Download Downloader::fetch(GetRequest request, std::vector<EndpointAddr> providers, DownloadOptions options) const {
  options.max_parallel_providers = std::min(options.max_parallel_providers, providers.size());
  return fetch(std::move(request), blobs::source_of(std::move(providers)), options);
}

Download Downloader::fetch_many(std::vector<Hash> hashes, std::vector<EndpointAddr> providers,
                                DownloadOptions options) const {
  options.max_parallel_providers = std::min(options.max_parallel_providers, providers.size());
  return start(std::make_shared<blobs::DownloadState>(state_->store, state_->pool, state_->endpoint.executor(),
                                                      blobs::Wanted(GetManyRequest::all_of(std::move(hashes))),
                                                      blobs::source_of(std::move(providers)), options));
}

const BlobStore& Downloader::store() const noexcept {
  return state_->store;
}

const ConnectionPool& Downloader::pool() const noexcept {
  return state_->pool;
}

void Downloader::start_idle(CompletionHandler<> handler, State state) {
  state->wait_idle(std::move(handler));
}

}  // namespace iroh
