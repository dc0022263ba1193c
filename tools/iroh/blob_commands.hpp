// SPDX-License-Identifier: MIT OR Apache-2.0
// The command line of `iroh blob`.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace iroh::tools {

/// Adds `blob` and its subcommands; parsing one of them sets `chosen` to what runs it.
void add_blob_commands(CLI::App& app, std::function<int()>& chosen);

}  // namespace iroh::tools
