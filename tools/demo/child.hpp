// SPDX-License-Identifier: MIT OR Apache-2.0
// The server process of the demonstration: this program again, in its other role.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>

namespace iroh::tools {

class ServerProcess {
 public:
  /// Throws Failure.
  ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();  ///< ends the process if it still runs

  /// The line that the process prints first. Throws Failure.
  std::string read_ticket();
  /// Waits for its end; its CPU seconds. Throws Failure unless it ended with code 0.
  double wait();

 private:
  pid_t pid_ = -1;
  std::FILE* output_ = nullptr;
};

}  // namespace iroh::tools
