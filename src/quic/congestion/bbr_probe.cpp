// SPDX-License-Identifier: MIT OR Apache-2.0
// BBR's probing: for bandwidth every few seconds (down, cruise, refill, up), for the round-trip time if no quiet moment
// has shown it. [draft-ietf-ccwg-bbr §5.3.3, §5.3.4]
#include <algorithm>

#include "quic/congestion/bbr.hpp"

namespace iroh::quic {

namespace {
constexpr Duration probe_wait_min = base::seconds(2);
constexpr std::uint64_t probe_wait_spread_ns = 1'000'000'000;
constexpr std::uint64_t reno_rounds_max = 63;
constexpr unsigned up_rounds_max = 30;
constexpr Duration probe_rtt_duration = base::milliseconds(200);
}  // namespace

void Bbr::update_probe_cycle(Instant now, const Ack& ack) {
  if (!is_pipe_full_ || adapt_long_term(now, ack)) return;
  switch (state_) {
    case State::probe_down:
      if (is_time_to_probe(now)) return start_refill();
      if (is_time_to_cruise()) state_ = State::probe_cruise;
      return;
    case State::probe_cruise:
      if (is_time_to_probe(now)) start_refill();
      return;
    case State::probe_refill:
      if (model_.is_round_start()) start_up(*ack.delivery);
      return;
    case State::probe_up:
      if (is_time_to_go_down(*ack.delivery)) {
        was_probe_too_high_ = false;
        start_down(now);
      }
      return;
    default:
      return;
  }
}

/// True if it has decided about the state.
bool Bbr::adapt_long_term(Instant /*now*/, const Ack& ack) {
  const DeliverySample& sample = *ack.delivery;
  if (model_.is_round_start() && ack_phase_ == AckPhase::probe_starting) ack_phase_ = AckPhase::probe_feedback;
  if (model_.is_round_start() && ack_phase_ == AckPhase::probe_stopping) {
    // All feedback of the latest probe is there.
    is_probe_sample_ = false;
    ack_phase_ = AckPhase::init;
    if (is_in_probe_bandwidth()) {
      if (!sample.is_app_limited) model_.start_bandwidth_cycle();
      if (was_probe_precautionary_ && !was_probe_too_high_) {
        start_refill();  // the cautious probe went well: now a real one
        return true;
      }
    }
  }
  if (BbrBounds::is_too_high(sample.lost, sample.in_flight_at_send)) return false;
  if (bounds_.inflight_long == BbrBounds::none) return false;
  bounds_.inflight_long = std::max(bounds_.inflight_long, sample.in_flight_at_send);
  if (state_ == State::probe_up) raise_inflight_long(ack);
  return false;
}

/// Slowly at first, twice as fast in each further round. [§5.3.3.4]
void Bbr::raise_inflight_long(const Ack& ack) noexcept {
  if (!is_window_limited_ || window_ < bounds_.inflight_long) return;
  up_acked_ += ack.bytes;
  const std::uint64_t steps = up_acked_ / up_acked_per_step_;
  up_acked_ -= steps * up_acked_per_step_;
  bounds_.inflight_long += steps * mtu_;
  if (model_.is_round_start()) raise_slope();
}

void Bbr::raise_slope() noexcept {
  const std::uint64_t growth = std::uint64_t{1} << up_rounds_;
  up_rounds_ = std::min(up_rounds_ + 1, up_rounds_max);
  up_acked_per_step_ = std::max<std::uint64_t>(window_ / growth, mtu_);
}

bool Bbr::is_time_to_probe(Instant now) const noexcept {
  // [§5.3.3.5] As rarely as Reno would, where that is not too rarely.
  const std::uint64_t reno_rounds = std::min(target_inflight() / mtu_, reno_rounds_max);
  return now > cycle_start_ + probe_wait_ || rounds_since_probe_ >= reno_rounds;
}

bool Bbr::is_time_to_cruise() const noexcept {
  return in_flight_ <= bounds_.inflight_with_headroom(mtu_, window_min()) && in_flight_ <= inflight(1);
}

bool Bbr::is_time_to_go_down(const DeliverySample& sample) noexcept {
  if (was_probe_too_high_ && in_flight_ >= bounds_.inflight_long) {
    was_probe_precautionary_ = true;
    return true;
  }
  if (is_window_limited_ && window_ >= bounds_.inflight_long) {
    restart_full_bandwidth(sample.rate);  // our own bound is what limits the rate
    return false;
  }
  return is_pipe_full_now_;
}

void Bbr::start_down(Instant now) noexcept {
  signals_.forget();
  up_acked_per_step_ = std::numeric_limits<std::uint64_t>::max();
  pick_probe_wait(now);
  cycle_start_ = now;
  ack_phase_ = AckPhase::probe_stopping;
  model_.start_round();
  state_ = State::probe_down;
}

void Bbr::start_refill() noexcept {
  bounds_.forget_short_term();
  up_rounds_ = 0;
  up_acked_ = 0;
  was_probe_precautionary_ = false;
  ack_phase_ = AckPhase::refilling;
  model_.start_round();
  state_ = State::probe_refill;
}

void Bbr::start_up(const DeliverySample& sample) noexcept {
  is_probe_sample_ = true;
  ack_phase_ = AckPhase::probe_starting;
  model_.start_round();
  restart_full_bandwidth(sample.rate);
  state_ = State::probe_up;
  raise_slope();
}

/// Chance keeps flows from probing in step. Clock and byte counts, mixed, are as good as dice for that, and flows at
/// one bottleneck never agree in both.
void Bbr::pick_probe_wait(Instant now) noexcept {
  std::uint64_t mixed = static_cast<std::uint64_t>(now.time_since_epoch().count()) + model_.delivered();
  mixed = (mixed ^ (mixed >> 31)) * 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ (mixed >> 29)) * 0xbf58476d1ce4e5b9u;
  mixed ^= mixed >> 32;
  rounds_since_probe_ = mixed & 1;
  probe_wait_ = probe_wait_min + Duration(static_cast<Duration::rep>((mixed >> 1) % probe_wait_spread_ns));
}

// ---- round-trip time

void Bbr::check_probe_rtt(Instant now, const DeliverySample& sample) {
  if (state_ != State::probe_rtt && model_.is_probe_rtt_due() && !is_idle_restart_) {
    window_before_probe_rtt_ = window_;
    state_ = State::probe_rtt;
    probe_rtt_done_at_.reset();
    ack_phase_ = AckPhase::probe_stopping;
    model_.start_round();
  }
  if (state_ == State::probe_rtt) {
    if (!probe_rtt_done_at_ && in_flight_ <= std::max(bdp(window_gain()), window_min())) {
      probe_rtt_done_at_ = now + probe_rtt_duration;
      is_probe_rtt_round_done_ = false;
      model_.start_round();
    } else if (probe_rtt_done_at_) {
      is_probe_rtt_round_done_ = is_probe_rtt_round_done_ || model_.is_round_start();
      if (is_probe_rtt_round_done_) check_probe_rtt_done(now);
    }
  }
  if (sample.delivered > 0) is_idle_restart_ = false;
}

void Bbr::check_probe_rtt_done(Instant now) {
  if (!probe_rtt_done_at_ || now <= *probe_rtt_done_at_) return;
  model_.on_probe_rtt_done(now);
  window_ = std::max(window_, window_before_probe_rtt_);
  bounds_.forget_short_term();
  if (!is_pipe_full_) return enter_startup();
  start_down(now);
  state_ = State::probe_cruise;
}

}  // namespace iroh::quic
