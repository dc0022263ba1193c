// SPDX-License-Identifier: MIT OR Apache-2.0
// The UDP socket on Linux: recvmmsg, sendmsg with segmentation offload, sendmmsg; Asio only says when it is ready.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "iroh/base/result.hpp"
#include "net/slab_pool.hpp"
#include "net/udp_socket.hpp"
#include "net/udp_socket_options.hpp"
#include "net/udp_syscalls.hpp"

namespace iroh::net {

Result<std::unique_ptr<UdpSocket>> make_linux_udp_socket(const boost::asio::any_io_executor& executor,
                                                         const SocketAddr& local, std::shared_ptr<SlabPool> pool,
                                                         const UdpSocketOptions& options = {},
                                                         const UdpSyscalls& syscalls = {});

}  // namespace iroh::net
