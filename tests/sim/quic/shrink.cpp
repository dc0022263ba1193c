// SPDX-License-Identifier: MIT OR Apache-2.0
// Fewer operations that still fail, and how to tell somebody.
#include <algorithm>

#include "tests/sim/quic/interaction.hpp"

namespace iroh::sim {

Plan shrink(Plan plan, const std::function<bool(const Plan&)>& still_fails) {
  for (std::size_t chunk = std::max<std::size_t>(plan.operations.size() / 2, 1);; chunk /= 2) {
    for (std::size_t at = 0; at < plan.operations.size();) {
      Plan shorter = plan;
      const auto first = shorter.operations.begin() + static_cast<std::ptrdiff_t>(at);
      const auto last = first + static_cast<std::ptrdiff_t>(std::min(chunk, shorter.operations.size() - at));
      shorter.operations.erase(first, last);
      if (still_fails(shorter)) {
        plan = std::move(shorter);
      } else {
        at += chunk;
      }
    }
    if (chunk <= 1) return plan;
  }
}

std::string describe(const Plan& plan) {
  std::string text = std::to_string(plan.operations.size()) + " operations:\n";
  for (const Operation& operation : plan.operations) text += "  " + to_string(operation) + "\n";
  return text + "replay: ./dev sim --seed " + std::to_string(plan.seed) + "\n";
}

}  // namespace iroh::sim
