// SPDX-License-Identifier: MIT OR Apache-2.0
// A store and the thread that it lives on. Jobs are done one after the other, in the order in which they come. When the
// last handle goes, what is queued is still done, then the store is closed.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "blobs/service/completion.hpp"
#include "blobs/store/store.hpp"
#include "blobs/transfer/buffer_pool.hpp"
#include "iroh/endpoint/task.hpp"

namespace iroh::blobs {

class Observation;

/// What jobs may use; lives on the thread, except for post().
class StoreCore : public std::enable_shared_from_this<StoreCore> {
 public:
  using Job = std::move_only_function<void(StoreCore&)>;

  /// Outgoing data is made in pieces of this size: large enough that changing threads costs nothing, small enough for
  /// the cache.
  static constexpr std::size_t batch_size = std::size_t{512} << 10;

  explicit StoreCore(std::unique_ptr<Store> store) noexcept : store_(std::move(store)), buffers_(batch_size) {}

  /// From any thread. False if the store is closed: the job is not done then.
  bool post(Job job);

  Store& store() noexcept { return *store_; }
  BufferPool& buffers() noexcept { return buffers_; }
  void add_observation(const Hash& hash, std::weak_ptr<Observation> observation);
  /// Tells those who observe the blob what is there of it now.
  void notify(const Hash& hash);

 private:
  friend class StoreThread;
  void run();
  /// Waits for a job, and does upkeep of the store meanwhile; nothing when all is done.
  std::optional<Job> take();
  void close();

  std::unique_ptr<Store> store_;
  BufferPool buffers_;
  std::unordered_map<Hash, std::vector<std::weak_ptr<Observation>>> observations_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool is_stopping_ = false;
  bool is_closed_ = false;
};

class StoreThread {
 public:
  explicit StoreThread(std::unique_ptr<Store> store);
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;
  ~StoreThread();

  StoreCore& core() const noexcept { return *core_; }
  std::weak_ptr<StoreCore> weak_core() const noexcept { return core_; }

  /// work: Result<T>(StoreCore&).
  template <class... T, class Work>
  void submit(CompletionHandler<T...> handler, Work work) {
    core_->post([completion = Completion<T...>(std::move(handler)), work = std::move(work)](StoreCore& core) mutable {
      complete(completion, work(core));
    });
  }

 private:
  std::shared_ptr<StoreCore> core_;
  std::thread thread_;
};

using StoreHandle = std::shared_ptr<StoreThread>;

/// Runs work(StoreCore&) on the store's thread and brings its value back. The coroutine is not cancelled meanwhile.
/// (GCC 12: name a lambda with captures before passing it.)
template <class Work>
Task<std::invoke_result_t<Work&, StoreCore&>> on_store(StoreHandle thread, Work work) {
  std::optional<std::invoke_result_t<Work&, StoreCore&>> value;
  auto initiate = [&](auto handler) {
    thread->core().post(
        [completion = Completion<>(CompletionHandler<>(std::move(handler))), &value, &work](StoreCore& core) mutable {
          value.emplace(work(core));
          completion(error_code());
        });
  };
  co_await asio::async_initiate<const asio::deferred_t, void(error_code)>(initiate, asio::deferred);
  co_return *std::move(value);
}

/// Owns an object that may only be touched on the store's thread, and destroys it there.
template <class T>
class Confined {
 public:
  Confined(StoreHandle thread, std::unique_ptr<T> object) noexcept
      : thread_(std::move(thread)), object_(std::move(object)) {}
  Confined(const Confined&) = delete;
  Confined& operator=(const Confined&) = delete;
  ~Confined() {
    thread_->core().post([object = std::move(object_)](StoreCore&) mutable { object.reset(); });
  }
  /// On the store's thread.
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_.get(); }

 private:
  StoreHandle thread_;
  std::unique_ptr<T> object_;
};

}  // namespace iroh::blobs
