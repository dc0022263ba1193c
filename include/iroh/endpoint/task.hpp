// SPDX-License-Identifier: MIT OR Apache-2.0
/// Task: a coroutine. run(): a whole program as one coroutine.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace iroh {

/// Asio's coroutine, under a short name. All of Asio works with it: co_spawn, awaitable operators, this_coro.
template <class T = void>
using Task = boost::asio::awaitable<T>;

/// Runs the task on an io_context of its own in this thread, until it is done; then what still waits is destroyed.
/// Returns what main() should: the task's value, 0 without one, or 1 after writing the exception that escaped to
/// stderr.
int run(Task<> task);
int run(Task<int> task);

}  // namespace iroh
