// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/bench/parallel.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>

namespace iroh::tools {
namespace {

struct Running {
  explicit Running(const boost::asio::any_io_executor& executor)
      : ended(executor, boost::asio::steady_timer::time_point::max()) {}
  boost::asio::steady_timer ended;  // never expires; cancelled by the last
  std::size_t count = 0;
  std::exception_ptr failure;
};

}  // namespace

Task<> run_parallel(std::vector<Task<>> tasks) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto running = std::make_shared<Running>(executor);
  running->count = tasks.size();
  for (Task<>& task : tasks) {
    boost::asio::co_spawn(executor, std::move(task), [running](const std::exception_ptr& failure) {
      if (failure && !running->failure) running->failure = failure;
      if (--running->count == 0) running->ended.cancel();
    });
  }
  while (running->count > 0) {
    boost::system::error_code cancelled;
    co_await running->ended.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  }
  if (running->failure) std::rethrow_exception(running->failure);
}

}  // namespace iroh::tools
