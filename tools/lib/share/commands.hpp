// SPDX-License-Identifier: MIT OR Apache-2.0
// `iroh send` and `iroh receive`. Each completes with the exit code, or throws Failure or a system error. [tools.md §2]
#pragma once

#include "iroh/endpoint/task.hpp"
#include "tools/lib/share/options.hpp"

namespace iroh::tools {

Task<int> send(SendOptions options);
Task<int> receive(ReceiveOptions options);

}  // namespace iroh::tools
