// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/pipe/local_end.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <string>

namespace iroh::tools {
namespace {

/// Asio makes descriptors non-blocking, and that is a property of the open file, which other processes (the shell, the
/// rest of the pipeline) share. So FIFOs and terminals are opened anew where the system lets us; files need none of
/// this, and sockets cannot be reopened.
int own_descriptor(int fd, int access) {
  struct stat facts{};
  if (::fstat(fd, &facts) == 0 && (S_ISFIFO(facts.st_mode) || S_ISCHR(facts.st_mode))) {
    const std::string path = fmt::format("/proc/self/fd/{}", fd);
    const int opened = ::open(path.c_str(), access | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (opened >= 0) return opened;
  }
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw boost::system::system_error(errno, boost::system::system_category());
  return copy;
}

/// The reader of our standard output sees the end only if nobody has it open any more.
void release_stdout() {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null < 0) return;
  ::dup2(null, STDOUT_FILENO);
  ::close(null);
}

}  // namespace

LocalEnd stdio_end(const boost::asio::any_io_executor& executor, bool recv_only) {
  LocalEnd end;
  if (!recv_only) end.in = std::make_shared<Descriptor>(executor, own_descriptor(STDIN_FILENO, O_RDONLY));
  end.out = std::make_shared<Descriptor>(executor, own_descriptor(STDOUT_FILENO, O_WRONLY));
  end.end_output = [out = end.out] {
    boost::system::error_code ignored;
    out->close(ignored);
    release_stdout();
  };
  return end;
}

LocalEnd socket_end(const boost::asio::any_io_executor& executor, int fd) {
  LocalEnd end;
  end.in = end.out = std::make_shared<Descriptor>(executor, fd);
  end.end_output = [out = end.out] { ::shutdown(out->native_handle(), SHUT_WR); };
  return end;
}

}  // namespace iroh::tools
