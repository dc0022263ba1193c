// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/client/download_state.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/system_error.hpp>

#include "base/log.hpp"
#include "blobs/as_values.hpp"
#include "blobs/service/internals.hpp"

namespace iroh::blobs {
namespace {

constexpr std::chrono::milliseconds for_ever = std::chrono::hours(24 * 365);

}  // namespace

DownloadState::DownloadState(BlobStore store, ConnectionPool pool, asio::any_io_executor executor, Wanted wanted,
                             ProviderSource source, DownloadOptions options)
    : store_(std::move(store)),
      pool_(std::move(pool)),
      strand_(asio::make_strand(executor)),
      wanted_(std::move(wanted)),
      source_(std::move(source)),
      options_(options),
      limiter_(options.bandwidth_limit),
      events_(std::make_shared<DownloadEvents>(std::move(executor))) {}

// ---- The whole

void DownloadState::start(std::function<void()> on_over) {
  on_over_ = std::move(on_over);
  asio::co_spawn(strand_, run(), [self = shared_from_this()](const std::exception_ptr& thrown) {
    if (thrown) self->stop(BlobError::no_providers);
    self->has_ended_ = true;
    if (self->is_released_) self->protection_.clear();
    self->events_->end(self->is_complete_ ? error_code() : self->error_.value_or(BlobError::no_providers));
    self->on_over_();
  });
}

void DownloadState::cancel() {
  asio::post(strand_, [self = shared_from_this()] { self->stop(asio::error::operation_aborted); });
}

void DownloadState::release() {
  asio::post(strand_, [self = shared_from_this()] {
    self->is_released_ = true;
    self->stop(asio::error::operation_aborted);
    if (self->has_ended_) self->protection_.clear();
  });
}

void DownloadState::stop(error_code error) {
  if (is_over()) return;
  error_ = error;
  wake();
  for (const auto& [id, worker] : workers_) worker->cancel.emit(asio::cancellation_type::terminal);
}

TransferStats DownloadState::stats() const {
  const std::lock_guard lock(stats_mutex_);
  return stats_;
}

Task<> DownloadState::run() {
  const auto& thread = Internals::thread(store_);
  // [blobs.md §1.7] What is being fetched is not collected meanwhile.
  auto begin = [this](StoreCore& core) {
    for (const auto& content : wanted_.contents()) protection_.push_back(Internals::protect(core, content));
    return wanted_.local(core.store());
  };
  const auto local = co_await on_store(thread, std::move(begin));
  if (!local) co_return stop(local.error());
  apply(*local);
  base_bytes_ = local->local_bytes;
  base_blobs_ = local->complete_blobs;
  if (is_complete_) co_return emit(DownloadEvent::Kind::complete);
  emit(DownloadEvent::Kind::progress);
  const std::size_t count = std::max<std::size_t>(options_.max_parallel_providers, 1);
  for (std::uint64_t id = 0; id < count && !is_over(); ++id) {
    const auto worker = std::make_shared<Worker>();
    worker->id = id;
    workers_.emplace(id, worker);
    auto on_end = [self = shared_from_this(), worker](const std::exception_ptr& thrown) {
      self->workers_.erase(worker->id);
      self->wake();
      if (!thrown || self->is_over()) return;
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& failure) {
        base::log(base::LogLevel::warn, "blobs", "a download worker failed: {}", failure.what());
      }
    };
    asio::co_spawn(strand_, work(*worker), asio::bind_cancellation_slot(worker->cancel.slot(), std::move(on_end)));
  }
  while (!workers_.empty()) co_await wait(for_ever);
  if (is_complete_) {
    emit(DownloadEvent::Kind::complete);
  } else {
    stop(BlobError::no_providers);
  }
}

void DownloadState::apply(const LocalInfo& info) {
  if (info.total_bytes) total_bytes_ = info.total_bytes;
  if (info.children) total_blobs_ = *info.children + (wanted_.has_root() ? 1 : 0);
  if (info.is_complete()) is_complete_ = true;
}

void DownloadState::wake() {
  for (asio::steady_timer* timer : waiting_) timer->cancel();
}

Task<> DownloadState::wait(std::chrono::milliseconds at_most) {
  asio::steady_timer timer(strand_, at_most);
  const auto place = waiting_.insert(&timer).first;
  const auto leave = [this, place](void*) { waiting_.erase(place); };
  const std::unique_ptr<void, decltype(leave)> guard(this, leave);
  co_await timer.async_wait(as_values);
}

void DownloadState::emit(DownloadEvent::Kind kind, std::optional<EndpointId> provider,
                         std::optional<TransferFailure> failure) {
  DownloadEvent event;
  event.kind = kind;
  event.provider = std::move(provider);
  event.failure = std::move(failure);
  event.bytes_done = base_bytes_;
  event.blobs_done = base_blobs_;
  for (const auto& [id, worker] : workers_) {
    event.bytes_done += worker->payload;
    event.blobs_done += worker->complete;
  }
  if (is_complete_ && total_blobs_) event.blobs_done = *total_blobs_;
  if (is_complete_ && total_bytes_) event.bytes_done = *total_bytes_;
  // Parts of groups may come twice; nobody should see more than everything, or a bar that moves back.
  if (total_bytes_) event.bytes_done = std::min(event.bytes_done, *total_bytes_);
  done_bytes_ = event.bytes_done = std::max(event.bytes_done, done_bytes_);
  event.bytes_total = total_bytes_;
  event.blobs_total = total_blobs_;
  {
    const std::lock_guard lock(stats_mutex_);
    stats_.elapsed = std::chrono::steady_clock::now() - begin_;
    event.stats = stats_;
  }
  events_->push(std::move(event));
}

// ---- Workers

Task<std::optional<EndpointAddr>> DownloadState::next_provider() {
  while (is_asking_source_ && !is_over()) co_await wait(for_ever);
  if (is_source_empty_ || is_over()) co_return std::nullopt;
  is_asking_source_ = true;
  std::optional<EndpointAddr> found;
  try {
    Task<std::optional<EndpointAddr>> question = source_();
    found = co_await std::move(question);
  } catch (const std::exception& failure) {
    base::log(base::LogLevel::warn, "blobs", "a source of providers failed: {}", failure.what());
  }
  is_asking_source_ = false;
  is_source_empty_ = !found;
  wake();
  co_return found;
}

Task<> DownloadState::work(Worker& worker) {
  const auto self = shared_from_this();
  while (!is_over()) {
    const auto addr = co_await next_provider();
    if (!addr) co_return;
    emit(DownloadEvent::Kind::trying, addr->id());
    auto [error, pooled] = co_await pool_.get(*addr, as_values);
    if (is_over()) co_return;
    if (error) {
      emit(DownloadEvent::Kind::provider_failed, addr->id(), TransferFailure{error, {}, 0});
      continue;
    }
    emit(DownloadEvent::Kind::connected, addr->id());
    auto failure = co_await work_with(worker, *pooled);
    worker.part = ChunkRangesSeq();
    wake();
    if (failure && !is_over()) emit(DownloadEvent::Kind::provider_failed, addr->id(), std::move(failure));
  }
}

Task<std::optional<TransferFailure>> DownloadState::work_with(Worker& worker, const Connection& connection) {
  while (!is_over()) {
    auto part = co_await take_part(worker);
    if (!part) co_return std::nullopt;
    auto request = wanted_.make_request(*part, {options_.blob_size_max, options_.hash_seq_size_max});
    if (!request) {
      stop(BlobError::size_limit_exceeded);
      co_return std::nullopt;
    }
    StreamOptions options;
    options.stall_timeout = options_.stall_timeout;
    options.limiter = &limiter_;
    options.on_state = [this, &worker](const ReadState& state) { return on_state(worker, state); };
    StreamResult outcome = co_await get_on_stream(connection, Internals::thread(store_), std::move(request->head),
                                                  std::move(request->reader), std::move(options));
    // What the part has brought is in the store: it counts until the next plan looks there.
    base_bytes_ += std::exchange(worker.payload, 0);
    base_blobs_ += std::exchange(worker.complete, 0);
    worker.part = ChunkRangesSeq();
    {
      const std::lock_guard lock(stats_mutex_);
      stats_ += outcome.result.stats;
    }
    wake();
    if (outcome.result.failure && std::exchange(worker.gives_up_part, false)) continue;
    if (outcome.is_local_failure) stop(outcome.result.failure->error);
    if (outcome.result.failure) co_return std::move(outcome.result.failure);
  }
  co_return std::nullopt;
}

bool DownloadState::on_state(Worker& worker, const ReadState& state) {
  worker.payload = state.payload_bytes;
  worker.complete = state.blobs_complete;
  if (wanted_.is_single_blob() && !total_bytes_ && state.size > 0 && base_bytes_ == 0) total_bytes_ = state.size;
  emit(DownloadEvent::Kind::progress);
  return !worker.gives_up_part && !is_over();
}

}  // namespace iroh::blobs
