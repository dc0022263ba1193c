// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/pipe/socket_file.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "tools/lib/failure.hpp"

namespace iroh::tools {
namespace {

Failure path_failure(const std::string& path, const char* text) {
  return Failure(path + ": " + text);
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) throw path_failure(path, "no possible path of a socket");
  path.copy(address.sun_path, path.size());
  return address;
}

int call(int (*function)(int, const sockaddr*, socklen_t), int fd, const sockaddr_un& address) {
  return function(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

int new_socket() {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw Failure(std::string("socket: ") + std::strerror(errno));
  return fd;
}

// [tools.md 39] Only what is certainly left over goes: a socket that refuses connections.
void remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat facts{};
  if (::lstat(path.c_str(), &facts) != 0) return;
  if (!S_ISSOCK(facts.st_mode)) throw path_failure(path, "exists and is not a socket");
  const int probe = new_socket();
  const bool is_refused = call(&::connect, probe, address) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  if (!is_refused) throw path_failure(path, "a socket that is in use");
  ::unlink(path.c_str());
}

}  // namespace

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  const sockaddr_un address = address_of(path_);
  remove_stale(path_, address);
  fd_ = new_socket();
  const mode_t old_mask = ::umask(077);
  const bool is_bound = call(&::bind, fd_, address) == 0;
  const int bind_error = errno;
  ::umask(old_mask);
  struct stat facts{};
  if (is_bound && ::lstat(path_.c_str(), &facts) == 0 && ::listen(fd_, SOMAXCONN) == 0) {
    device_ = facts.st_dev;
    inode_ = facts.st_ino;
    made_ = facts.st_mtim;
    return;
  }
  const int error = is_bound ? errno : bind_error;
  ::close(fd_);
  throw path_failure(path_, std::strerror(error));
}

SocketFile::~SocketFile() {
  if (fd_ >= 0) ::close(fd_);
  struct stat facts{};
  if (::lstat(path_.c_str(), &facts) != 0 || facts.st_dev != device_ || facts.st_ino != inode_) return;
  // The number alone may have been given to a later file.
  if (facts.st_mtim.tv_sec != made_.tv_sec || facts.st_mtim.tv_nsec != made_.tv_nsec) return;
  ::unlink(path_.c_str());
}

int SocketFile::release_fd() noexcept {
  return std::exchange(fd_, -1);
}

}  // namespace iroh::tools
