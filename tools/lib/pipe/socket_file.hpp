// SPDX-License-Identifier: MIT OR Apache-2.0
// SocketFile: the file of a listening Unix socket, for our user alone, and gone when we go. [tools.md §3.6,
// connect-unix]
#pragma once

#include <sys/types.h>

#include <ctime>
#include <string>

namespace iroh::tools {

class SocketFile {
 public:
  /// Binds and listens. A socket at the path that nobody listens on is replaced; anything else there makes it throw
  /// Failure.
  explicit SocketFile(std::string path);
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  /// Removes the file if it is still the one that we made.
  ~SocketFile();

  /// The listening socket, for the caller to own. Once.
  int release_fd() noexcept;

 private:
  std::string path_;
  int fd_ = -1;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  timespec made_{};
};

}  // namespace iroh::tools
