// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/congestion/cubic.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "quic/recovery/rtt_estimator.hpp"

namespace iroh::quic {

namespace {
// [RFC 9438 §4.6], [RFC 9438 §5.1]
constexpr double beta = 0.7;
constexpr double c = 0.4;
// [RFC 9438 §4.3] Grows like Reno with the same decrease, on the average of a sawtooth.
constexpr double reno_alpha = 3 * (1 - beta) / (1 + beta);

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}
}  // namespace

Cubic::Cubic(std::uint16_t mtu, std::uint64_t initial_window) noexcept : mtu_(mtu) {
  state_.window = std::max(initial_window, window_min());
}

void Cubic::on_burst_started(Instant /*now*/) {
  // [RFC 9438 §5.8] An idle time does not count as time in which the window could have grown.
  if (!stalled_since_) stalled_since_ = last_ack_at_;
}

void Cubic::on_ack(Instant now, const Ack& ack, const RttEstimator& rtt) {
  last_ack_at_ = now;
  if (ack.app_limited) {
    if (!stalled_since_) stalled_since_ = now;
    return;
  }
  if (stalled_since_ && state_.epoch_start) *state_.epoch_start += now - std::max(*stalled_since_, *state_.epoch_start);
  stalled_since_.reset();
  if (state_.recovery_start && ack.newest_sent_time <= *state_.recovery_start) return;
  if (is_in_slow_start()) {
    grow_in_slow_start(now, ack, rtt);
  } else {
    grow_in_avoidance(now, ack, rtt);
  }
}

void Cubic::grow_in_slow_start(Instant now, const Ack& ack, const RttEstimator& rtt) {
  // HyStart++ is for the first slow start only: later ones know a threshold. [RFC 9406 §4.1]
  const bool is_first = state_.slow_start_threshold == std::numeric_limits<std::uint64_t>::max();
  if (is_first && state_.hystart.on_ack(now, ack.newest_sent_time, rtt.latest())) {
    state_.slow_start_threshold = state_.window;
    return;
  }
  state_.window += is_first ? state_.hystart.growth(ack.bytes) : ack.bytes;
}

void Cubic::start_epoch(Instant now) noexcept {
  state_.epoch_start = now;
  state_.window_est = as_double(state_.window);
  state_.growth = 0;
  state_.window_max = std::max(state_.window_max, as_double(state_.window));
  state_.k = std::cbrt((state_.window_max - as_double(state_.window)) / (c * mtu_));
}

void Cubic::grow_in_avoidance(Instant now, const Ack& ack, const RttEstimator& rtt) {
  if (!state_.epoch_start) start_epoch(now);
  const double window = as_double(state_.window);
  const double acked_windows = as_double(ack.bytes) / window;
  // [RFC 9438 §4.3] From the former window on as fast as Reno itself; noq stays at the slower pace. [quic.md §7.4]
  const double alpha = state_.window_est >= state_.window_prior ? 1 : reno_alpha;
  state_.window_est += alpha * acked_windows * mtu_;

  // [RFC 9438 §4.2] Where the curve will be one round trip from now.
  const double t = base::in_seconds(now - *state_.epoch_start + rtt.smoothed()) - state_.k;
  const double target = std::clamp(c * t * t * t * mtu_ + state_.window_max, window, 1.5 * window);
  state_.growth = std::max(state_.growth + (target - window) * acked_windows, state_.window_est - window);
  if (state_.growth < mtu_) return;
  // [quic.md §7.4] In whole steps.
  const auto step = static_cast<std::uint64_t>(state_.growth) / mtu_ * mtu_;
  state_.window += step;
  state_.growth -= as_double(step);
}

bool Cubic::on_congestion_event(Instant now, const Loss& loss) {
  const bool in_recovery = state_.recovery_start && loss.newest_sent_time <= *state_.recovery_start;
  if (in_recovery && !loss.is_persistent) return false;
  if (!in_recovery) {
    // [quic.md §7.4] A CE mark is a statement, not a guess: it is never undone.
    before_event_ = loss.is_ecn ? std::nullopt : std::optional(state_);
    const double window = as_double(state_.window);
    // [RFC 9438 §4.7] Fast convergence: below the former maximum, make room for others.
    state_.window_prior = window;
    state_.window_max = window < state_.window_max ? window * (1 + beta) / 2 : window;
    state_.slow_start_threshold = std::max(static_cast<std::uint64_t>(window * beta), window_min());
    state_.window = state_.slow_start_threshold;
    state_.recovery_start = now;
    state_.epoch_start.reset();
    state_.hystart.stop();
  }
  if (loss.is_persistent) {  // [RFC 9002 §7.6.2]
    state_.window = window_min();
    state_.recovery_start.reset();
    state_.epoch_start.reset();
    before_event_.reset();
  }
  return true;
}

void Cubic::on_spurious_congestion_event() {
  if (before_event_ && before_event_->window > state_.window) state_ = *before_event_;
  before_event_.reset();
}

void Cubic::on_mtu_update(std::uint16_t mtu) {
  mtu_ = mtu;
  state_.window = std::max(state_.window, window_min());
}

std::unique_ptr<CongestionController> Cubic::clone() const {
  return std::make_unique<Cubic>(*this);
}

}  // namespace iroh::quic
