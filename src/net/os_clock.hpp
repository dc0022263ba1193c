// SPDX-License-Identifier: MIT OR Apache-2.0
// The system's monotonic clock as our Instant, and back for the event loop's timers.
#pragma once

#include <chrono>

#include "base/time.hpp"

namespace iroh::net {

inline base::Instant os_now() noexcept {
  return base::Instant(std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

inline std::chrono::steady_clock::time_point to_steady_clock(base::Instant instant) noexcept {
  return std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(instant.time_since_epoch()));
}

}  // namespace iroh::net
