// SPDX-License-Identifier: MIT OR Apache-2.0
// The platform that is the operating system. Handlers of its sockets and timers run through the executor (a strand, or
// the executor of an io_context that one thread runs).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "net/platform.hpp"
#include "net/udp_socket_options.hpp"

namespace iroh::net {

struct OsPlatformOptions {
  UdpSocketOptions udp;
};

std::shared_ptr<Platform> make_os_platform(boost::asio::any_io_executor executor, OsPlatformOptions options = {});

}  // namespace iroh::net
