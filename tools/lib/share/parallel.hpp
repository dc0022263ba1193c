// SPDX-License-Identifier: MIT OR Apache-2.0
// for_each_index: many small asynchronous jobs, some of them at the same time.
#pragma once

#include <cstddef>
#include <functional>

#include "iroh/endpoint/task.hpp"

namespace iroh::tools {

/// Runs job(0) to job(count - 1), at most `at_once` at a time, on the caller's thread. After the first exception no job
/// is started; it is thrown when those that run have ended. Must not be cancelled.
Task<> for_each_index(std::size_t count, std::size_t at_once, std::function<Task<>(std::size_t)> job);

}  // namespace iroh::tools
