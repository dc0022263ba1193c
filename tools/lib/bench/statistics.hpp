// SPDX-License-Identifier: MIT OR Apache-2.0
// Order statistics of measured times.
#pragma once

#include <chrono>
#include <span>

namespace iroh::tools {

/// The value below which that share (0 to 1) of the values lies; 0 of nothing. Sorts.
std::chrono::nanoseconds percentile(std::span<std::chrono::nanoseconds> values, double share);

}  // namespace iroh::tools
