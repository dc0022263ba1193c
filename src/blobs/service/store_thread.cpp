// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/service/store_thread.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "blobs/service/observation.hpp"

namespace iroh::blobs {

bool StoreCore::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return false;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

std::optional<StoreCore::Job> StoreCore::take() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto due = store_->upkeep_due();
    if (due && *due <= std::chrono::steady_clock::now()) {
      lock.unlock();
      const auto done = store_->upkeep();
      if (!done) base::log(base::LogLevel::warn, "blobs", "upkeep of the store failed: {}", done.error().message());
      lock.lock();
      if (done) continue;
    }
    if (!jobs_.empty()) break;
    if (is_stopping_) {
      is_closed_ = true;
      return std::nullopt;
    }
    const auto has_something = [this] { return !jobs_.empty() || is_stopping_; };
    if (due) {
      // After a failure not at once again.
      wake_.wait_until(lock, std::max(*due, std::chrono::steady_clock::now() + std::chrono::milliseconds(10)),
                       has_something);
    } else {
      wake_.wait(lock, has_something);
    }
  }
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void StoreCore::run() {
  while (auto job = take()) (*job)(*this);
  close();
}

void StoreCore::close() {
  for (auto& [hash, observations] : observations_) {
    for (const auto& weak : observations) {
      if (const auto observation = weak.lock()) observation->end();
    }
  }
  observations_.clear();
  store_.reset();
}

void StoreCore::add_observation(const Hash& hash, std::weak_ptr<Observation> observation) {
  const auto alive = observation.lock();
  if (!alive) return;
  auto& all = observations_[hash];
  // Those whose observers have gone are dropped whenever another one comes, so the list cannot grow without observers.
  std::erase_if(all, [](const auto& weak) { return weak.expired(); });
  all.push_back(std::move(observation));
  const auto bitfield = store_->bitfield(hash);
  bitfield ? alive->update(*bitfield) : alive->end();
}

void StoreCore::notify(const Hash& hash) {
  const auto found = observations_.find(hash);
  if (found == observations_.end()) return;
  std::erase_if(found->second, [](const auto& weak) { return weak.expired(); });
  if (found->second.empty()) {
    observations_.erase(found);
    return;
  }
  const auto bitfield = store_->bitfield(hash);
  for (const auto& weak : found->second) {
    const auto observation = weak.lock();
    if (observation) bitfield ? observation->update(*bitfield) : observation->end();
  }
}

StoreThread::StoreThread(std::unique_ptr<Store> store)
    : core_(std::make_shared<StoreCore>(std::move(store))), thread_([core = core_] { core->run(); }) {}

StoreThread::~StoreThread() {
  {
    const std::lock_guard lock(core_->mutex_);
    core_->is_stopping_ = true;
  }
  core_->wake_.notify_one();
  // The last handle may go with a job; the thread then ends after it.
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

}  // namespace iroh::blobs
