// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/interrupt.hpp"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <csignal>
#include <utility>

#include "tools/lib/failure.hpp"

namespace iroh::tools {

namespace asio = boost::asio;

Interrupt::Interrupt(const asio::any_io_executor& executor) : signals_(executor, SIGINT, SIGTERM) {
  // A broken stdout is an error of the write, not the end of the process. [tools.md §3.7]
  std::signal(SIGPIPE, SIG_IGN);
}

Task<> Interrupt::wait() {
  co_await signals_.async_wait(asio::as_tuple(asio::deferred));
}

void Interrupt::include_hangup() {
  signals_.add(SIGHUP);
}

void Interrupt::exit_on_next() {
  on_next([] { ::_exit(exit_interrupted); });
}

void Interrupt::on_next(std::function<void()> action) {
  signals_.async_wait([action = std::move(action)](const boost::system::error_code& error, int) {
    if (!error) action();
  });
}

void Interrupt::ignore_next() {
  signals_.cancel();
}

}  // namespace iroh::tools
