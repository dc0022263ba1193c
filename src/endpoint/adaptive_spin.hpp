// SPDX-License-Identifier: MIT OR Apache-2.0
// Decides whether an event loop that has nothing to do waits busily for a moment. A sleep costs 20 to 25 us of CPU time
// and twice that of latency, a busy wait that succeeds a few us. Pure: the driver tells it the time. [performance.md
// 2.8]
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace iroh::endpoint {

class AdaptiveSpin {
 public:
  /// How long one busy wait lasts at most.
  static constexpr base::Duration spin_max = base::microseconds(50);
  /// While both peers sleep no wait is short, so now and then a longer one is tried: it spans the peer's waking up.
  static constexpr base::Duration probe_max = base::microseconds(250);
  static constexpr unsigned probes_per_period = 4;
  /// A yield that lasts longer than this means that somebody else had the CPU; several in a row, that it is needed.
  static constexpr base::Duration yield_max = base::microseconds(50);
  static constexpr unsigned long_yields_max = 2;
  static constexpr base::Duration period = base::milliseconds(100);

  explicit AdaptiveSpin(bool is_enabled) noexcept : is_enabled_(is_enabled) {}

  /// Nothing to do from now on. True: call on_yielded() after giving way to others; false: sleep.
  bool on_idle(base::Instant now) noexcept;
  /// During a busy wait, after a yield that began at `before`: true to go on.
  bool on_yielded(base::Instant before, base::Instant now) noexcept;
  /// Input has come, or the application has something to send.
  void on_work(base::Instant now) noexcept;
  bool is_enabled() const noexcept { return is_enabled_; }
  bool is_spinning() const noexcept { return spin_until_.has_value(); }

 private:
  bool were_waits_short() const noexcept;
  bool take_probe(base::Instant now) noexcept;

  const bool is_enabled_;
  std::optional<base::Instant> idle_since_;
  std::optional<base::Instant> spin_until_;
  base::Instant not_before_{};
  base::Instant probes_renewed_at_{};
  unsigned probes_left_ = 0;
  unsigned long_yields_ = 0;       // in a row
  std::uint8_t history_ = 0;       // one bit per wait, the latest lowest: it was short enough to spin through
  std::uint8_t near_history_ = 0;  // the same: short enough for a probe
};

}  // namespace iroh::endpoint
