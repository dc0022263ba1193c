// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/parallel.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>

#include "tools/lib/task_group.hpp"

namespace iroh::tools {
namespace {

struct Jobs {
  std::function<Task<>(std::size_t)> job;
  std::size_t count = 0;
  std::size_t next = 0;
  std::exception_ptr failure;
};

Task<> work(Jobs& jobs) {
  try {
    while (jobs.next < jobs.count && !jobs.failure) co_await jobs.job(jobs.next++);
  } catch (...) {
    if (!jobs.failure) jobs.failure = std::current_exception();
  }
}

}  // namespace

Task<> for_each_index(std::size_t count, std::size_t at_once, std::function<Task<>(std::size_t)> job) {
  Jobs jobs{.job = std::move(job), .count = count, .next = 0, .failure = {}};
  TaskGroup workers(co_await boost::asio::this_coro::executor);
  for (std::size_t i = 0; i < std::min(count, at_once); ++i) workers.spawn(work(jobs));
  co_await workers.join();
  if (jobs.failure) std::rethrow_exception(jobs.failure);
}

}  // namespace iroh::tools
