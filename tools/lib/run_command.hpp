// SPDX-License-Identifier: MIT OR Apache-2.0
// From a command, as a coroutine that may throw, to an exit code and a line on stderr.
#pragma once

#include <functional>

#include "iroh/endpoint/task.hpp"

namespace iroh::tools {

/// Runs it to its end. A Failure gives its exit code, any other exception 1.
int run_command(Task<int> command);
/// The same for a command without asynchronous calls.
int run_command(const std::function<int()>& command);

}  // namespace iroh::tools
