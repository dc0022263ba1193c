// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/terminal_keys.hpp"

#include <unistd.h>

#include <utility>

namespace iroh::tools {

// [tools.md 44] stdin alone would put a key reader into scripts whose output goes to a file.
bool TerminalKeys::are_possible() {
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
}

TerminalKeys::TerminalKeys(const boost::asio::any_io_executor& executor, std::function<void(char)> on_key)
    : on_key_(std::move(on_key)) {
  if (!are_possible() || ::tcgetattr(STDIN_FILENO, &before_) != 0) return;
  termios changed = before_;
  changed.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  if (::tcsetattr(STDIN_FILENO, TCSANOW, &changed) != 0) return;
  input_.emplace(executor, ::dup(STDIN_FILENO));
  read_next();
}

TerminalKeys::~TerminalKeys() {
  if (input_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

void TerminalKeys::read_next() {
  // Waits and then reads by itself: the descriptor is shared with the shell and must stay blocking.
  input_->async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    char key = 0;
    if (error || ::read(STDIN_FILENO, &key, 1) != 1) return;
    on_key_(key);
    read_next();
  });
}

}  // namespace iroh::tools
