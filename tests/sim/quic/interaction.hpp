// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs a plan: two endpoints, the operations one after the other, then a healed network until everything is at rest. A
// model of every stream says what must arrive. [quic.md §9.1-36], [quic.md §9.1-38], [quic.md §9.1-39]
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/quic/plan.hpp"
#include "tests/sim/quic/quic_network.hpp"

namespace iroh::sim {

/// What went wrong; nothing: all invariants held.
using Failure = std::optional<std::string>;

struct InteractionStats {
  std::size_t datagrams = 0;
  std::size_t bytes = 0;
  base::Duration virtual_time{};
  std::size_t connections = 0;
  std::size_t timed_out = 0;
};

Failure run(const Plan& plan, InteractionStats* stats = nullptr);

/// Deletes operations while still_fails() says so: first in halves, then one by one.
Plan shrink(Plan plan, const std::function<bool(const Plan&)>& still_fails);

/// For messages: the operations, and how to run them again.
std::string describe(const Plan& plan);

}  // namespace iroh::sim
