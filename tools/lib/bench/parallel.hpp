// SPDX-License-Identifier: MIT OR Apache-2.0
// Coroutines side by side, on one thread.
#pragma once

#include <vector>

#include "iroh/endpoint/task.hpp"

namespace iroh::tools {

/// Runs all to their end; then throws the first exception that one of them threw.
Task<> run_parallel(std::vector<Task<>> tasks);

}  // namespace iroh::tools
