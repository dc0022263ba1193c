// SPDX-License-Identifier: MIT OR Apache-2.0
// Spreads a window over a round trip: a token bucket in bytes that may be overdrawn by one train, because a timer
// cannot wake us for single packets. [quic.md §7.5], [performance.md §7]
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "quic/types.hpp"

namespace iroh::quic {

class Pacer {
 public:
  static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
  /// Below this RTT the kernel's timers are coarser than the gaps: nothing is paced.
  static constexpr Duration rtt_min = base::milliseconds(1);
  /// No wait is shorter; the debt this leads to is paid by a later, longer one.
  static constexpr Duration wait_min = base::microseconds(200);
  static constexpr std::uint64_t initial_packets = 10;  ///< sent without delay

  /// Replaces 1.25 × window / srtt by the controller's own rate in bytes per second.
  void set_controller_rate(std::optional<std::uint64_t> rate) noexcept { controller_rate_ = rate; }
  /// A cap in bytes per second set by the application.
  void set_rate_cap(std::optional<std::uint64_t> cap) noexcept { rate_cap_ = cap; }

  /// Bytes that may be sent now in one train: 0, or at least one MTU, or unlimited.
  std::uint64_t allowance(Instant now, std::uint64_t window, Duration srtt, std::uint16_t mtu) noexcept;
  /// Bytes that go out at once when there is much to send.
  std::uint64_t train() const noexcept;
  /// Bytes that were sent. ACK-only datagrams are not reported.
  void on_sent(std::uint64_t bytes) noexcept;
  /// When allowance() will be positive again; nothing if it is now.
  std::optional<Instant> next_release(Instant now, std::uint64_t window, Duration srtt, std::uint16_t mtu) noexcept;

 private:
  void update(Instant now, std::uint64_t window, Duration srtt, std::uint16_t mtu) noexcept;
  bool is_in_initial_burst() const noexcept { return sent_total_ < initial_packets * mtu_; }

  std::optional<std::uint64_t> controller_rate_;
  std::optional<std::uint64_t> rate_cap_;
  std::optional<Instant> updated_at_;
  std::uint64_t sent_total_ = 0;
  std::uint64_t mtu_ = datagram_size_min;
  double rate_ = 0;    // bytes per second; 0: not paced
  double tokens_ = 0;  // bytes; negative: overdrawn
  double train_ = 0;   // bytes a train may have however little credit there is
};

}  // namespace iroh::quic
