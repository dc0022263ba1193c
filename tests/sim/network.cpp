// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/network.hpp"

#include <algorithm>

namespace iroh::sim {
namespace {

constexpr base::Duration creep_step = base::microseconds(1);

}  // namespace

bool Network::advance(base::Instant limit) {
  const auto next = events_.next();
  if (!next || *next > limit) {
    now_ = std::max(now_, limit);
    return false;
  }
  now_ = std::max(now_, *next);
  events_.run_due(now_);
  return true;
}

void Network::creep(base::Instant limit) {
  now_ = std::min(limit, now_ + creep_step);
  events_.run_due(now_);
}

}  // namespace iroh::sim
