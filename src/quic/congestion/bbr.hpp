// SPDX-License-Identifier: MIT OR Apache-2.0
// BBRv3: sends at the rate that the path was seen to deliver, and probes now and then for more. Start reading at
// on_ack(); startup and losses are in bbr.cpp, probing in bbr_probe.cpp, rate and window in bbr_control.cpp.
// [draft-ietf-ccwg-bbr], [quic.md §7.4]
#pragma once

#include <algorithm>
#include <limits>
#include <optional>

#include "quic/congestion/bbr_bounds.hpp"
#include "quic/congestion/bbr_model.hpp"
#include "quic/congestion/controller.hpp"

namespace iroh::quic {

class Bbr final : public CongestionController {
 public:
  enum class State : std::uint8_t { startup, drain, probe_down, probe_cruise, probe_refill, probe_up, probe_rtt };

  explicit Bbr(std::uint16_t mtu, std::uint64_t initial_window = initial_congestion_window) noexcept;

  void on_burst_started(Instant now) override;
  void on_ack(Instant now, const Ack& ack, const RttEstimator& rtt) override;
  bool on_congestion_event(Instant now, const Loss& loss) override;
  void on_spurious_congestion_event() override;
  void on_mtu_update(std::uint16_t mtu) override;
  bool wants_delivery_samples() const noexcept override { return true; }
  std::uint64_t window() const noexcept override { return window_; }
  std::optional<std::uint64_t> pacing_rate() const noexcept override { return pacing_rate_; }
  bool is_in_slow_start() const noexcept override { return state_ == State::startup; }
  std::unique_ptr<CongestionController> clone() const override;

  State state() const noexcept { return state_; }
  /// Bytes per second that the model allows now.
  std::uint64_t bandwidth() const noexcept { return std::min(model_.max_bandwidth(), bounds_.bandwidth_short); }
  Duration min_rtt() const noexcept { return model_.min_rtt(); }
  const BbrBounds& bounds() const noexcept { return bounds_; }

 private:
  /// What samples mean for the bounds depends on when in a probe their packets were sent. [§5.3.3.6]
  enum class AckPhase : std::uint8_t { init, refilling, probe_starting, probe_feedback, probe_stopping };
  /// What an undo of the latest congestion event restores.
  struct Before {
    std::uint64_t window;
    BbrBounds bounds;
    std::optional<State> left;  // the state that the event has ended
  };

  // ---- bbr.cpp
  void update_model(Instant now, const Ack& ack);
  void judge_round(const DeliverySample& sample);
  void check_full_bandwidth(const DeliverySample& sample) noexcept;
  void restart_full_bandwidth(std::uint64_t baseline) noexcept;
  void enter_startup() noexcept;
  void enter_drain() noexcept;
  void check_drain_done(Instant now);
  void on_marked(Instant now, const Loss& loss);
  void on_too_much_in_flight(Instant now, std::uint64_t in_flight, bool is_app_limited);
  bool is_in_probe_bandwidth() const noexcept;
  bool is_accelerating() const noexcept;

  // ---- bbr_probe.cpp
  void update_probe_cycle(Instant now, const Ack& ack);
  bool adapt_long_term(Instant now, const Ack& ack);
  void raise_inflight_long(const Ack& ack) noexcept;
  void raise_slope() noexcept;
  bool is_time_to_probe(Instant now) const noexcept;
  bool is_time_to_cruise() const noexcept;
  bool is_time_to_go_down(const DeliverySample& sample) noexcept;
  void start_down(Instant now) noexcept;
  void start_refill() noexcept;
  void start_up(const DeliverySample& sample) noexcept;
  void pick_probe_wait(Instant now) noexcept;
  void check_probe_rtt(Instant now, const DeliverySample& sample);
  void check_probe_rtt_done(Instant now);

  // ---- bbr_control.cpp
  std::uint64_t bdp(double gain) const noexcept;
  std::uint64_t inflight(double gain) const noexcept;
  std::uint64_t with_quantum(std::uint64_t volume) const noexcept;
  std::uint64_t target_inflight() const noexcept { return std::min(bdp(1), window_); }
  std::uint64_t window_min() const noexcept { return 4 * std::uint64_t{mtu_}; }
  double pacing_gain() const noexcept;
  double window_gain() const noexcept;
  void set_initial_pacing_rate(Duration rtt) noexcept;
  void set_pacing_rate(double gain) noexcept;
  void set_window(const Ack& ack) noexcept;
  void bound_window() noexcept;

  BbrModel model_;
  BbrBounds bounds_;
  BbrRoundSignals signals_;

  std::uint64_t window_;
  std::uint64_t pacing_rate_ = 0;
  std::uint64_t in_flight_ = 0;
  std::uint16_t mtu_;
  State state_ = State::startup;
  AckPhase ack_phase_ = AckPhase::init;
  bool has_rtt_ = false;
  bool is_window_limited_ = false;
  bool is_idle_restart_ = false;

  // Whether more speed still brings more delivery. [§5.3.1.2]
  bool is_pipe_full_ = false;      // it was, once
  bool is_pipe_full_now_ = false;  // in this probe
  std::uint64_t full_bandwidth_ = 0;
  unsigned full_bandwidth_rounds_ = 0;
  std::uint64_t drain_start_round_ = 0;

  // The cycle of probing.
  Instant cycle_start_{};
  Duration probe_wait_{};
  std::uint64_t rounds_since_probe_ = 0;
  bool is_probe_sample_ = false;  // losses of now tell about the probe
  bool was_probe_too_high_ = false;
  bool was_probe_precautionary_ = false;
  unsigned up_rounds_ = 0;
  std::uint64_t up_acked_ = 0;
  std::uint64_t up_acked_per_step_ = std::numeric_limits<std::uint64_t>::max();

  // Probing the round-trip time.
  std::uint64_t window_before_probe_rtt_ = 0;
  std::optional<Instant> probe_rtt_done_at_;
  bool is_probe_rtt_round_done_ = false;

  std::optional<Instant> recovery_start_;
  std::optional<Before> before_event_;
};

}  // namespace iroh::quic
