// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <exception>
#include <utility>

#include "base/log.hpp"

namespace iroh::tools {

namespace asio = boost::asio;

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : executor_(std::move(executor)), empty_(executor_, asio::steady_timer::time_point::max()) {}

void TaskGroup::spawn(Task<> task) {
  const auto entry = running_.insert(running_.end(), std::make_shared<Entry>());
  asio::co_spawn(
      executor_, std::move(task),
      asio::bind_cancellation_slot((*entry)->cancel.slot(),
                                   [this, entry](const std::exception_ptr& failure) { on_done(entry, failure); }));
}

void TaskGroup::on_done(Entries::iterator entry, const std::exception_ptr& failure) {
  const bool is_cancelled = (*entry)->is_cancelled;
  running_.erase(entry);
  if (running_.empty()) empty_.cancel();
  if (!failure || is_cancelled) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    base::log(base::LogLevel::warn, "tools", "{}", error.what());
  }
}

void TaskGroup::cancel(Entry& entry) {
  if (std::exchange(entry.is_cancelled, true)) return;
  entry.cancel.emit(asio::cancellation_type::terminal);
}

void TaskGroup::cancel_oldest() {
  for (const auto& entry : running_) {
    if (entry->is_cancelled) continue;
    const auto kept = entry;  // the task may end during the call
    return cancel(*kept);
  }
}

void TaskGroup::cancel_all() {
  const Entries entries = running_;
  for (const auto& entry : entries) cancel(*entry);
}

Task<> TaskGroup::join() {
  while (!running_.empty()) co_await empty_.async_wait(asio::as_tuple(asio::deferred));
}

}  // namespace iroh::tools
