// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/congestion/bbr.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "quic/recovery/rtt_estimator.hpp"

namespace iroh::quic {

namespace {
constexpr double growth_worthwhile = 1.25;  // of bandwidth, in one round
constexpr unsigned full_bandwidth_rounds_needed = 3;
constexpr unsigned startup_lost_ranges = 6;
constexpr std::uint64_t drain_rounds_max = 3;
}  // namespace

Bbr::Bbr(std::uint16_t mtu, std::uint64_t initial_window) noexcept : window_(initial_window), mtu_(mtu) {
  window_ = std::max(window_, window_min());
  set_initial_pacing_rate(base::milliseconds(1));
}

void Bbr::on_burst_started(Instant now) {
  // [§5.4.1] After a silence: at the known rate, not above it.
  is_idle_restart_ = true;
  model_.restart_aggregation(now);
  if (is_in_probe_bandwidth()) set_pacing_rate(1);
  if (state_ == State::probe_rtt) check_probe_rtt_done(now);
}

void Bbr::on_ack(Instant now, const Ack& ack, const RttEstimator& rtt) {
  IROH_ASSERT(ack.delivery != nullptr);
  if (!has_rtt_ && rtt.has_sample()) {
    has_rtt_ = true;
    set_initial_pacing_rate(rtt.smoothed());
  }
  in_flight_ = ack.in_flight;
  is_window_limited_ = ack.in_flight_at_last_send + mtu_ > window_;
  update_model(now, ack);
  set_pacing_rate(pacing_gain());
  set_window(ack);
}

// The order is that of [§5.2.3].
void Bbr::update_model(Instant now, const Ack& ack) {
  const DeliverySample& sample = *ack.delivery;
  signals_.update(sample);
  model_.update_round_and_bandwidth(sample);
  if (model_.is_round_start()) ++rounds_since_probe_;
  judge_round(sample);
  model_.update_aggregation(now, ack.bytes, bandwidth(), window_, is_pipe_full_);
  check_full_bandwidth(sample);
  if (state_ == State::startup && is_pipe_full_) enter_drain();
  check_drain_done(now);
  update_probe_cycle(now, ack);
  model_.update_min_rtt(now, sample.rtt);
  check_probe_rtt(now, sample);
  signals_.advance(sample);
}

void Bbr::judge_round(const DeliverySample& sample) {
  if (!signals_.is_round_over()) return;
  // [§5.3.1.3] So many losses of so many places are the end of the buffer, not noise.
  if (state_ == State::startup && signals_.has_loss() && signals_.lost_ranges() >= startup_lost_ranges &&
      BbrBounds::is_too_high(sample.lost, sample.in_flight_at_send)) {
    if (before_event_) before_event_->left = State::startup;
    is_pipe_full_ = true;
    bounds_.inflight_long = std::max(bdp(1), signals_.inflight());
  }
  // [§5.5.10.3]
  if (signals_.has_loss() && !is_accelerating()) signals_.lower(bounds_, model_.max_bandwidth(), window_);
  signals_.on_round_judged();
}

// ---- startup

void Bbr::check_full_bandwidth(const DeliverySample& sample) noexcept {
  if (is_pipe_full_now_ || !model_.is_round_start() || sample.is_app_limited) return;
  if (static_cast<double>(sample.rate) >= static_cast<double>(full_bandwidth_) * growth_worthwhile) {
    return restart_full_bandwidth(sample.rate);
  }
  if (++full_bandwidth_rounds_ < full_bandwidth_rounds_needed) return;
  is_pipe_full_now_ = true;
  is_pipe_full_ = true;
}

void Bbr::restart_full_bandwidth(std::uint64_t baseline) noexcept {
  full_bandwidth_ = baseline;
  full_bandwidth_rounds_ = 0;
  is_pipe_full_now_ = false;
}

void Bbr::enter_startup() noexcept {
  state_ = State::startup;
}

void Bbr::enter_drain() noexcept {
  state_ = State::drain;
  drain_start_round_ = model_.round_count();
}

void Bbr::check_drain_done(Instant now) {
  if (state_ != State::drain) return;
  if (in_flight_ <= inflight(1) || model_.round_count() > drain_start_round_ + drain_rounds_max) start_down(now);
}

bool Bbr::is_in_probe_bandwidth() const noexcept {
  return state_ == State::probe_down || state_ == State::probe_cruise || state_ == State::probe_refill ||
         state_ == State::probe_up;
}

bool Bbr::is_accelerating() const noexcept {
  return state_ == State::startup || state_ == State::probe_refill || state_ == State::probe_up;
}

// ---- losses

bool Bbr::on_congestion_event(Instant now, const Loss& loss) {
  const bool is_new = !recovery_start_ || loss.newest_sent_time > *recovery_start_;
  if (is_new) {
    recovery_start_ = now;
    before_event_ = Before{.window = window_, .bounds = bounds_, .left = std::nullopt};
  }
  if (loss.is_ecn) {
    on_marked(now, loss);
    return is_new;
  }
  signals_.on_loss(loss.delivered_total);
  signals_.count_lost_ranges(loss.packets);
  for (const LostPacket& packet : loss.packets) {
    if (!is_probe_sample_) break;  // one reaction per probe
    if (!BbrBounds::is_too_high(packet.lost_since, packet.in_flight_at_send)) continue;
    on_too_much_in_flight(now, BbrBounds::inflight_at_loss(packet), packet.is_app_limited);
  }
  if (loss.is_persistent) {  // [§5.6.4.4] What was in flight is gone; acknowledgements bring the window back.
    window_ = window_min();
    before_event_.reset();
  }
  return is_new || loss.is_persistent;
}

/// The draft leaves ECN open; we send ECT(0), so a mark must count. [RFC 9002 §7.1] It says that a queue has grown: the
/// pipe is full, and a probe has gone too far.
void Bbr::on_marked(Instant now, const Loss& loss) {
  before_event_.reset();
  signals_.on_loss(model_.delivered());
  if (state_ == State::startup) is_pipe_full_ = true;
  if (is_probe_sample_) on_too_much_in_flight(now, loss.in_flight, false);
}

void Bbr::on_too_much_in_flight(Instant now, std::uint64_t in_flight, bool is_app_limited) {
  was_probe_too_high_ = true;
  is_probe_sample_ = false;
  if (!is_app_limited) {
    const auto not_below = static_cast<double>(target_inflight()) * BbrBounds::beta;
    bounds_.inflight_long = std::max(in_flight, static_cast<std::uint64_t>(not_below));
  }
  if (state_ != State::probe_up) return;
  if (before_event_) before_event_->left = State::probe_up;
  start_down(now);
}

void Bbr::on_spurious_congestion_event() {
  if (!before_event_) return;
  const Before before = *before_event_;
  before_event_.reset();
  window_ = std::max(window_, before.window);
  bounds_.relax_to(before.bounds);
  signals_.on_round_judged();
  restart_full_bandwidth(0);
  // [§5.5.11] A state that was left by mistake is taken up again.
  if (before.left == State::startup && state_ != State::startup) {
    is_pipe_full_ = false;
    if (state_ != State::probe_rtt) enter_startup();
  } else if (before.left == State::probe_up && state_ != State::probe_up && state_ != State::probe_rtt) {
    start_refill();
  }
}

void Bbr::on_mtu_update(std::uint16_t mtu) {
  mtu_ = mtu;
  window_ = std::max(window_, window_min());
}

std::unique_ptr<CongestionController> Bbr::clone() const {
  auto copy = std::make_unique<Bbr>(*this);
  // The copy will see counts of delivered bytes that begin at 0.
  copy->model_.forget_counts();
  copy->signals_.forget_counts();
  return copy;
}

}  // namespace iroh::quic
