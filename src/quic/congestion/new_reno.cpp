// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/congestion/new_reno.hpp"

#include <algorithm>

namespace iroh::quic {

NewReno::NewReno(std::uint16_t mtu, std::uint64_t initial_window) noexcept : mtu_(mtu) {
  state_.window = std::max(initial_window, window_min());
}

void NewReno::on_burst_started(Instant /*now*/) {}

void NewReno::on_ack(Instant /*now*/, const Ack& ack, const RttEstimator& /*rtt*/) {
  if (ack.app_limited) return;  // [RFC 9002 §7.8]
  if (state_.recovery_start && ack.newest_sent_time <= *state_.recovery_start) return;
  if (is_in_slow_start()) {
    state_.window += ack.bytes;
    return;
  }
  // [RFC 9002 §7.3.3] One datagram per acknowledged window.
  state_.acked_in_avoidance += ack.bytes;
  while (state_.acked_in_avoidance >= state_.window) {
    state_.acked_in_avoidance -= state_.window;
    state_.window += mtu_;
  }
}

bool NewReno::on_congestion_event(Instant now, const Loss& loss) {
  const bool in_recovery = state_.recovery_start && loss.newest_sent_time <= *state_.recovery_start;
  if (in_recovery && !loss.is_persistent) return false;
  if (!in_recovery) {
    before_event_ = loss.is_ecn ? std::nullopt : std::optional(state_);
    state_.slow_start_threshold = std::max(state_.window / 2, window_min());
    state_.window = state_.slow_start_threshold;
    state_.recovery_start = now;
    state_.acked_in_avoidance = 0;
  }
  if (loss.is_persistent) {  // [RFC 9002 §7.6.2]
    state_.window = window_min();
    state_.recovery_start.reset();
    state_.acked_in_avoidance = 0;
    before_event_.reset();
  }
  return true;
}

void NewReno::on_spurious_congestion_event() {
  if (before_event_ && before_event_->window > state_.window) state_ = *before_event_;
  before_event_.reset();
}

void NewReno::on_mtu_update(std::uint16_t mtu) {
  mtu_ = mtu;
  state_.window = std::max(state_.window, window_min());
}

std::unique_ptr<CongestionController> NewReno::clone() const {
  return std::make_unique<NewReno>(*this);
}

}  // namespace iroh::quic
