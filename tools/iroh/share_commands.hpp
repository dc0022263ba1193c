// SPDX-License-Identifier: MIT OR Apache-2.0
// The command lines of `iroh send` and `iroh receive`. [tools.md §2.1]
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace iroh::tools {

struct ShareOptions;

/// Adds `send` and `receive`; parsing one of them sets `chosen` to what runs it.
void add_share_commands(CLI::App& app, std::function<int()>& chosen);

/// Addresses to bind, relays, output.
void add_share_options(CLI::App& command, ShareOptions& options);

}  // namespace iroh::tools
