// SPDX-License-Identifier: MIT OR Apache-2.0
// Waiting, as a side of `||`.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "iroh/endpoint/task.hpp"

namespace iroh::interop {

inline Task<> sleep_for(std::chrono::nanoseconds duration) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, duration);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace iroh::interop
