// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/demo/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "tools/lib/failure.hpp"

namespace iroh::tools {
namespace {

pid_t spawn_self(int stdout_fd) {
  char name[] = "iroh-demo";
  char role[] = "--serve";
  char* const arguments[] = {name, role, nullptr};
  ::unsetenv("IROH_SECRET");  // no child gets to see it [tools.md §1.1]
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, stdout_fd, STDOUT_FILENO);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw Failure(fmt::format("cannot start the server process: {}", std::strerror(error)));
  return pid;
}

}  // namespace

ServerProcess::ServerProcess() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Failure("cannot make a pipe");
  output_ = ::fdopen(ends[0], "r");
  pid_ = spawn_self(ends[1]);
  ::close(ends[1]);
}

ServerProcess::~ServerProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (output_ != nullptr) std::fclose(output_);
}

std::string ServerProcess::read_ticket() {
  char line[1024];
  if (std::fgets(line, sizeof line, output_) == nullptr) throw Failure("the server process ended before it was ready");
  std::string ticket = line;
  if (ticket.ends_with('\n')) ticket.pop_back();
  return ticket;
}

double ServerProcess::wait() {
  int status = 0;
  rusage usage{};
  if (::wait4(std::exchange(pid_, -1), &status, 0, &usage) < 0) throw Failure("the server process is lost");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw Failure("the server process failed");
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace iroh::tools
