// SPDX-License-Identifier: MIT OR Apache-2.0
// NewReno as RFC 9002 describes it, with undo. [RFC 9002 §7.3], [quic.md §7.4]
#pragma once

#include <limits>

#include "quic/congestion/controller.hpp"

namespace iroh::quic {

class NewReno final : public CongestionController {
 public:
  explicit NewReno(std::uint16_t mtu, std::uint64_t initial_window = initial_congestion_window) noexcept;

  void on_burst_started(Instant now) override;
  void on_ack(Instant now, const Ack& ack, const RttEstimator& rtt) override;
  bool on_congestion_event(Instant now, const Loss& loss) override;
  void on_spurious_congestion_event() override;
  void on_mtu_update(std::uint16_t mtu) override;
  std::uint64_t window() const noexcept override { return state_.window; }
  bool is_in_slow_start() const noexcept override { return state_.window < state_.slow_start_threshold; }
  std::unique_ptr<CongestionController> clone() const override;

 private:
  struct State {
    std::uint64_t window = 0;
    std::uint64_t slow_start_threshold = std::numeric_limits<std::uint64_t>::max();
    std::optional<Instant> recovery_start;
    std::uint64_t acked_in_avoidance = 0;
  };

  std::uint64_t window_min() const noexcept { return 2 * std::uint64_t{mtu_}; }

  State state_;
  std::optional<State> before_event_;
  std::uint16_t mtu_;
};

}  // namespace iroh::quic
