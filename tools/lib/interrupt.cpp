// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/interrupt.hpp"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <csignal>

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

void Interrupt::exit_on_next() {
  signals_.async_wait([](const boost::system::error_code& error, int) {
    if (!error) ::_exit(exit_interrupted);
  });
}

}  // namespace iroh::tools
