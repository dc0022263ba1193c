// SPDX-License-Identifier: MIT OR Apache-2.0
// TerminalKeys: single keys from the terminal, while somebody waits for them. [tools.md §2.3]
#pragma once

#include <termios.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <optional>

namespace iroh::tools {

/// Keys come without Enter and are not shown; Ctrl-C stays a signal. Does nothing unless both stdin and stdout are
/// terminals.
class TerminalKeys {
 public:
  TerminalKeys(const boost::asio::any_io_executor& executor, std::function<void(char)> on_key);
  TerminalKeys(const TerminalKeys&) = delete;
  TerminalKeys& operator=(const TerminalKeys&) = delete;
  ~TerminalKeys();  ///< the terminal is as it was

  static bool are_possible();

 private:
  void read_next();

  std::function<void(char)> on_key_;
  std::optional<boost::asio::posix::stream_descriptor> input_;
  termios before_{};
};

}  // namespace iroh::tools
