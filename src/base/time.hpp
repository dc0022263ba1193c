// SPDX-License-Identifier: MIT OR Apache-2.0
// Time as the cores see it: a value that is passed in. The clock tag has no now(), so that a core cannot ask for the
// time; only a shell (src/net) or the simulated world (tests/sim) makes an Instant.
#pragma once

#include <chrono>

namespace iroh::base {

using Duration = std::chrono::nanoseconds;

/// Clock tag of all our time points. It deliberately has no now().
struct CoreClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<CoreClock, duration>;
  static constexpr bool is_steady = true;
};

using Instant = CoreClock::time_point;

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double in_seconds(Duration duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace iroh::base
