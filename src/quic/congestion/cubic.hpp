// SPDX-License-Identifier: MIT OR Apache-2.0
// CUBIC with HyStart++ and undo. [RFC 9438], [RFC 9406], [quic.md §7.4]
#pragma once

#include <limits>

#include "quic/congestion/controller.hpp"
#include "quic/congestion/hystart.hpp"

namespace iroh::quic {

class Cubic final : public CongestionController {
 public:
  explicit Cubic(std::uint16_t mtu, std::uint64_t initial_window = initial_congestion_window) noexcept;

  void on_burst_started(Instant now) override;
  void on_ack(Instant now, const Ack& ack, const RttEstimator& rtt) override;
  bool on_congestion_event(Instant now, const Loss& loss) override;
  void on_spurious_congestion_event() override;
  void on_mtu_update(std::uint16_t mtu) override;
  std::uint64_t window() const noexcept override { return state_.window; }
  bool is_in_slow_start() const noexcept override { return state_.window < state_.slow_start_threshold; }
  std::unique_ptr<CongestionController> clone() const override;

 private:
  /// What a congestion event changes, and an undo restores.
  struct State {
    std::uint64_t window = 0;
    std::uint64_t slow_start_threshold = std::numeric_limits<std::uint64_t>::max();
    std::optional<Instant> recovery_start;
    std::optional<Instant> epoch_start;  // of the growth since the last congestion event
    double window_max = 0;               // W_max, in bytes
    double window_prior = 0;             // before the latest reduction, in bytes
    double k = 0;                        // seconds until the curve is back at window_max
    double window_est = 0;               // what Reno would have, in bytes
    double growth = 0;                   // earned but not yet applied, in bytes
    HyStart hystart;
  };

  std::uint64_t window_min() const noexcept { return 2 * std::uint64_t{mtu_}; }
  void grow_in_slow_start(Instant now, const Ack& ack, const RttEstimator& rtt);
  void grow_in_avoidance(Instant now, const Ack& ack, const RttEstimator& rtt);
  void start_epoch(Instant now) noexcept;
  void leave_slow_start() noexcept;

  State state_;
  std::optional<State> before_event_;  // empty if the latest event cannot be undone
  std::optional<Instant> last_ack_at_;
  std::optional<Instant> stalled_since_;  // the epoch does not run while the application is the limit
  std::uint16_t mtu_;
};

}  // namespace iroh::quic
