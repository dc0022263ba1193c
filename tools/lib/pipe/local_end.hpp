// SPDX-License-Identifier: MIT OR Apache-2.0
// LocalEnd: the end of a pipe on this machine, be it standard input and output or a socket.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>

namespace iroh::tools {

using Descriptor = boost::asio::posix::stream_descriptor;

struct LocalEnd {
  std::shared_ptr<Descriptor> in;  ///< none: there is no input
  std::shared_ptr<Descriptor> out;
  std::function<void()> end_output;  ///< tells the local reader that no more comes
};

/// Standard output and, unless recv_only, standard input. Throws a system error.
LocalEnd stdio_end(const boost::asio::any_io_executor& executor, bool recv_only);
/// Takes over a connected stream socket.
LocalEnd socket_end(const boost::asio::any_io_executor& executor, int fd);

}  // namespace iroh::tools
