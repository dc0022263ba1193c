// SPDX-License-Identifier: MIT OR Apache-2.0
// Numbers as people read and type them. [tools.md §1.4]
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace iroh::tools {

/// "1023 B", "1.00 KiB", "4.00 MiB"
std::string format_bytes(std::uint64_t count);
/// "1 second", "2 minutes", "60 minutes"
std::string format_duration(std::chrono::nanoseconds duration);
/// "1GiB", "256 MiB", "64K", "1000"; nothing if it is none of these, or beyond 64 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace iroh::tools
