// SPDX-License-Identifier: MIT OR Apache-2.0
// A Timer on the event loop.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "net/platform.hpp"

namespace iroh::net {

std::unique_ptr<Timer> make_os_timer(const boost::asio::any_io_executor& executor);

}  // namespace iroh::net
