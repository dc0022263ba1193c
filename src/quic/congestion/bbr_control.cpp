// SPDX-License-Identifier: MIT OR Apache-2.0
// BBR's outputs: pacing rate and window. [draft-ietf-ccwg-bbr §5.6]
#include <algorithm>
#include <chrono>

#include "quic/congestion/bbr.hpp"

namespace iroh::quic {

namespace {
// [quic.md §7.4]
constexpr double startup_pacing_gain = 2.773;
constexpr double drain_pacing_gain = 0.5;
constexpr double up_pacing_gain = 1.25;
constexpr double down_pacing_gain = 0.9;
constexpr double default_window_gain = 2;
constexpr double up_window_gain = 2.25;
constexpr double probe_rtt_window_gain = 0.5;
constexpr double pacing_margin = 0.01;
constexpr std::uint64_t quantum_max = 64 * 1024;
constexpr Duration quantum_time = base::milliseconds(1);
}  // namespace

std::uint64_t Bbr::bdp(double gain) const noexcept {
  if (!model_.has_min_rtt()) return initial_congestion_window;
  return static_cast<std::uint64_t>(gain * static_cast<double>(bytes_in(bandwidth(), model_.min_rtt())));
}

/// Room for one train besides, and for two packets that ask for an acknowledgement.
std::uint64_t Bbr::with_quantum(std::uint64_t volume) const noexcept {
  const std::uint64_t packets = 2 * std::uint64_t{mtu_};
  const std::uint64_t quantum =
      std::clamp(bytes_in(pacing_rate_, quantum_time), packets, std::max(quantum_max, packets));
  volume = std::max({volume, quantum, window_min()});
  return state_ == State::probe_up ? volume + packets : volume;
}

std::uint64_t Bbr::inflight(double gain) const noexcept {
  return with_quantum(bdp(gain));
}

double Bbr::pacing_gain() const noexcept {
  switch (state_) {
    case State::startup:
      return startup_pacing_gain;
    case State::drain:
      return drain_pacing_gain;
    case State::probe_up:
      return up_pacing_gain;
    case State::probe_down:
      return down_pacing_gain;
    default:
      return 1;
  }
}

double Bbr::window_gain() const noexcept {
  if (state_ == State::probe_up) return up_window_gain;
  return state_ == State::probe_rtt ? probe_rtt_window_gain : default_window_gain;
}

void Bbr::set_initial_pacing_rate(Duration rtt) noexcept {
  const double seconds = base::in_seconds(std::max(rtt, base::Duration(base::microseconds(1))));
  pacing_rate_ = static_cast<std::uint64_t>(startup_pacing_gain * static_cast<double>(window_) / seconds);
}

void Bbr::set_pacing_rate(double gain) noexcept {
  const auto rate = static_cast<std::uint64_t>(gain * static_cast<double>(bandwidth()) * (1 - pacing_margin));
  // Until the pipe was full the rate only rises: what the application held back must not slow the search.
  if (is_pipe_full_ || rate > pacing_rate_) pacing_rate_ = std::max<std::uint64_t>(rate, mtu_);
}

void Bbr::set_window(const Ack& ack) noexcept {
  const std::uint64_t volume_max = with_quantum(bdp(window_gain()) + model_.extra_acked());
  if (is_pipe_full_) {
    window_ = std::min(window_ + ack.bytes, volume_max);
  } else if (window_ < volume_max || model_.delivered() < initial_congestion_window) {
    window_ += ack.bytes;
  }
  window_ = std::max(window_, window_min());
  if (state_ == State::probe_rtt) window_ = std::min(window_, std::max(bdp(probe_rtt_window_gain), window_min()));
  bound_window();
}

void Bbr::bound_window() noexcept {
  std::uint64_t bound = BbrBounds::none;
  if (state_ == State::probe_rtt || state_ == State::probe_cruise) {
    bound = bounds_.inflight_with_headroom(mtu_, window_min());
  } else if (is_in_probe_bandwidth()) {
    bound = bounds_.inflight_long;
  }
  bound = std::max(std::min(bound, bounds_.inflight_short), window_min());
  window_ = std::min(window_, bound);
}

}  // namespace iroh::quic
