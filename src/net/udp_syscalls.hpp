// SPDX-License-Identifier: MIT OR Apache-2.0
// The system calls of the data path as a table, so that tests can play a kernel or a driver that refuses something.
#pragma once

#include <sys/socket.h>

namespace iroh::net {

struct UdpSyscalls {
  ssize_t (*sendmsg)(int fd, const msghdr* message, int flags) = ::sendmsg;
  int (*sendmmsg)(int fd, mmsghdr* messages, unsigned count, int flags) = ::sendmmsg;
  ssize_t (*recvmsg)(int fd, msghdr* message, int flags) = ::recvmsg;
  int (*recvmmsg)(int fd, mmsghdr* messages, unsigned count, int flags, timespec* timeout) = ::recvmmsg;
};

}  // namespace iroh::net
