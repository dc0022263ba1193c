// SPDX-License-Identifier: MIT OR Apache-2.0
// TaskGroup: coroutines that run beside the caller, can be cancelled, and are waited for.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>
#include <memory>

#include "iroh/endpoint/task.hpp"

namespace iroh::tools {

/// For one thread. Tasks may spawn others in their own group. Their exceptions are logged, and end only them.
class TaskGroup {
 public:
  explicit TaskGroup(boost::asio::any_io_executor executor);

  void spawn(Task<> task);
  std::size_t size() const noexcept { return running_.size(); }
  void cancel_oldest();
  void cancel_all();
  /// Completes when no task runs any more.
  Task<> join();

 private:
  struct Entry {
    boost::asio::cancellation_signal cancel;
    bool is_cancelled = false;
  };
  using Entries = std::list<std::shared_ptr<Entry>>;
  static void cancel(Entry& entry);
  void on_done(Entries::iterator entry, const std::exception_ptr& failure);

  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer empty_;  // never expires; cancelled when the last task ends
  Entries running_;                  // oldest first
};

}  // namespace iroh::tools
