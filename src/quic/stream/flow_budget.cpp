// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/flow_budget.hpp"

#include <algorithm>

namespace iroh::quic {

std::uint64_t FlowBudget::grant(std::uint64_t held, std::uint64_t wanted) const noexcept {
  const std::uint64_t free_until = limit_ / 4 * 3;
  const std::uint64_t freely = std::min(wanted, free_until - std::min(free_until, used_));
  if (freely == wanted) return wanted;
  const std::uint64_t share = limit_ / std::max<std::uint64_t>(holders_ + (held == 0 ? 1 : 0), 1);
  const std::uint64_t below_share = share - std::min(share, held);
  const std::uint64_t left = limit_ - used_;
  return std::max(freely, std::min({wanted, below_share, left}));
}

std::uint64_t FlowReservation::resize(std::uint64_t wanted) noexcept {
  if (budget_ == nullptr) return held_;
  const std::uint64_t before = held_;
  if (wanted > held_) {
    held_ += budget_->grant(held_, wanted - held_);
    budget_->used_ += held_ - before;
  } else {
    held_ = wanted;
    budget_->used_ -= before - held_;
  }
  if (before == 0 && held_ > 0) ++budget_->holders_;
  if (before > 0 && held_ == 0) --budget_->holders_;
  return held_;
}

}  // namespace iroh::quic
