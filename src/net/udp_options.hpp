// SPDX-License-Identifier: MIT OR Apache-2.0
// Opens and binds a UDP socket and sets all its options; what the kernel does not have is left out and reported.
#pragma once

#include <cstddef>
#include <utility>

#include "iroh/base/result.hpp"
#include "iroh/base/socket_addr.hpp"
#include "net/udp_socket_options.hpp"

namespace iroh::net {

/// Owns a file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() noexcept = default;
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

struct OpenUdpSocket {
  FileDescriptor fd;
  SocketAddr local;
  UdpSocketOptions options;  ///< those asked for that the kernel accepted
  bool may_fragment = false;
  std::size_t receive_buffer_bytes = 0;
  std::size_t send_buffer_bytes = 0;
};

Result<OpenUdpSocket> open_udp_socket(const SocketAddr& local, const UdpSocketOptions& wanted);

}  // namespace iroh::net
