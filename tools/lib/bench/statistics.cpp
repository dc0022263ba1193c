// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/bench/statistics.hpp"

#include <algorithm>

namespace iroh::tools {

std::chrono::nanoseconds percentile(std::span<std::chrono::nanoseconds> values, double share) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(static_cast<double>(values.size() - 1) * share)];
}

}  // namespace iroh::tools
