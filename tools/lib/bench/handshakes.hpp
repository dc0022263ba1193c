// SPDX-License-Identifier: MIT OR Apache-2.0
// Many short connections.
#pragma once

#include <cstdint>

#include "iroh/endpoint/task.hpp"
#include "tools/lib/progress_bar.hpp"

namespace iroh::tools {

struct BenchClient;

/// As many at once as the options say. client must live until then.
Task<> make_handshakes(const BenchClient& client, std::uint64_t count, ProgressBar* bar);

}  // namespace iroh::tools
