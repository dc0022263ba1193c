// SPDX-License-Identifier: MIT OR Apache-2.0
// Sends the library's log to stderr, at the level that the environment asks for. [tools.md §1.3]
#pragma once

#include <string_view>

#include "base/log.hpp"

namespace iroh::tools {

/// The most verbose level of "info" or "warn,iroh::quic=debug": targets are not told apart. Unknown words count as
/// nothing.
base::LogLevel log_level_of(std::string_view directives) noexcept;

/// By IROH_LOG, else RUST_LOG, else errors only.
void log_to_stderr();

}  // namespace iroh::tools
