// SPDX-License-Identifier: MIT OR Apache-2.0
// Usage: what a process has used so far.
#pragma once

#include <chrono>
#include <cstdint>

namespace iroh::tools {

struct Usage {
  std::chrono::microseconds user{0};
  std::chrono::microseconds system{0};
  std::uint64_t resident_bytes = 0;

  /// CPU time since an earlier moment; memory as it is now.
  Usage since(const Usage& earlier) const noexcept {
    return {.user = user - earlier.user, .system = system - earlier.system, .resident_bytes = resident_bytes};
  }
  std::chrono::duration<double> cpu() const noexcept { return user + system; }
};

Usage usage_of_this_process();

}  // namespace iroh::tools
