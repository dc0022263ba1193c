// SPDX-License-Identifier: MIT OR Apache-2.0
// How much a server may send to a 4-tuple that has not proved to be the peer's. One per 4-tuple. [RFC 9000 §8.1]
#pragma once

#include <cstdint>

#include "quic/types.hpp"

namespace iroh::quic {

class AmplificationLimit {
 public:
  static constexpr std::uint64_t factor = 3;

  /// A client is never limited.
  explicit AmplificationLimit(Side side) noexcept : is_lifted_(side == Side::client) {}

  /// Only bytes from this very 4-tuple. [quic.md 96]
  void on_received(std::uint64_t bytes) noexcept { received_ = saturating_add(received_, bytes); }
  void on_sent(std::uint64_t bytes) noexcept { sent_ = saturating_add(sent_, bytes); }
  void lift() noexcept { is_lifted_ = true; }

  bool is_lifted() const noexcept { return is_lifted_; }
  /// While any credit is left a datagram of full size may go. [quic.md §4.7]
  bool is_blocked() const noexcept { return !is_lifted_ && sent_ / factor >= received_; }
  std::uint64_t received() const noexcept { return received_; }
  std::uint64_t sent() const noexcept { return sent_; }

 private:
  static std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) noexcept {
    return a + b < a ? UINT64_MAX : a + b;
  }

  bool is_lifted_;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace iroh::quic
