// SPDX-License-Identifier: MIT OR Apache-2.0
// How much more than the initial windows an endpoint may promise to its peers, over all connections. What was promised
// may arrive and wait to be read, so this bounds memory. One thread, like the connections that share it.
// [performance.md §3]
#pragma once

#include <cstdint>

namespace iroh::quic {

class FlowBudget {
 public:
  static constexpr std::uint64_t default_limit = std::uint64_t{64} << 20;

  explicit FlowBudget(std::uint64_t limit = default_limit) noexcept : limit_(limit) {}
  FlowBudget(const FlowBudget&) = delete;
  FlowBudget& operator=(const FlowBudget&) = delete;

  std::uint64_t limit() const noexcept { return limit_; }
  std::uint64_t used() const noexcept { return used_; }
  /// Above nine tenths everybody goes back to what the rate needs.
  bool is_tight() const noexcept { return used_ > limit_ / 10 * 9; }

 private:
  friend class FlowReservation;
  /// The part of wanted that somebody who holds so much may have: all of it while three quarters are not used, above
  /// only up to a fair share.
  std::uint64_t grant(std::uint64_t held, std::uint64_t wanted) const noexcept;

  std::uint64_t limit_;
  std::uint64_t used_ = 0;
  std::uint64_t holders_ = 0;
};

/// One stream's part of the budget; given back with the stream.
class FlowReservation {
 public:
  explicit FlowReservation(FlowBudget* budget) noexcept : budget_(budget) {}
  ~FlowReservation() { resize(0); }
  FlowReservation(const FlowReservation&) = delete;
  FlowReservation& operator=(const FlowReservation&) = delete;

  std::uint64_t held() const noexcept { return held_; }
  bool has_budget() const noexcept { return budget_ != nullptr; }
  bool is_tight() const noexcept { return budget_ != nullptr && budget_->is_tight(); }
  /// As near to wanted as the budget allows; less than held is always possible. Returns what is held now.
  std::uint64_t resize(std::uint64_t wanted) noexcept;

 private:
  FlowBudget* budget_;
  std::uint64_t held_ = 0;
};

}  // namespace iroh::quic
