// SPDX-License-Identifier: MIT OR Apache-2.0
// Interrupt: SIGINT and SIGTERM as something to wait for. [tools.md §3.7]
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>

#include "iroh/endpoint/task.hpp"

namespace iroh::tools {

class Interrupt {
 public:
  /// From now on the signals do not end the process. SIGPIPE is ignored.
  explicit Interrupt(const boost::asio::any_io_executor& executor);

  /// The end of the terminal too.
  void include_hangup();

  Task<> wait();
  /// The next signal ends the process at once with code 130. For the time in which everything is closed.
  void exit_on_next();
  /// The next signal calls this, from the event loop.
  void on_next(std::function<void()> action);
  /// Takes back exit_on_next() and on_next().
  void ignore_next();

 private:
  boost::asio::signal_set signals_;
};

}  // namespace iroh::tools
