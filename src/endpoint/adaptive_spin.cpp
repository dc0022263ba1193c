// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/adaptive_spin.hpp"

#include <bit>

namespace iroh::endpoint {
namespace {

/// Of the last eight waits.
constexpr int most = 5;

}  // namespace

bool AdaptiveSpin::on_idle(base::Instant now) noexcept {
  if (!is_enabled_) return false;
  if (!idle_since_) idle_since_ = now;
  spin_until_.reset();
  if (now < not_before_) return false;
  if (were_waits_short()) {
    spin_until_ = now + spin_max;
  } else if (std::popcount(near_history_) >= most && take_probe(now)) {
    spin_until_ = now + probe_max;
  }
  return is_spinning();
}

bool AdaptiveSpin::on_yielded(base::Instant before, base::Instant now) noexcept {
  if (!spin_until_) return false;
  long_yields_ = now - before > yield_max ? long_yields_ + 1 : 0;
  if (long_yields_ >= long_yields_max) {
    long_yields_ = 0;
    not_before_ = now + period;
  }
  if (now >= *spin_until_ || now < not_before_) spin_until_.reset();
  return is_spinning();
}

void AdaptiveSpin::on_work(base::Instant now) noexcept {
  spin_until_.reset();
  if (!idle_since_) return;
  const base::Duration waited = now - *idle_since_;
  idle_since_.reset();
  history_ = static_cast<std::uint8_t>(history_ << 1 | (waited <= spin_max ? 1 : 0));
  near_history_ = static_cast<std::uint8_t>(near_history_ << 1 | (waited <= probe_max ? 1 : 0));
}

bool AdaptiveSpin::were_waits_short() const noexcept {
  return std::popcount(history_) >= most;
}

bool AdaptiveSpin::take_probe(base::Instant now) noexcept {
  if (now - probes_renewed_at_ >= period) {
    probes_renewed_at_ = now;
    probes_left_ = probes_per_period;
  }
  if (probes_left_ == 0) return false;
  --probes_left_;
  return true;
}

}  // namespace iroh::endpoint
