// SPDX-License-Identifier: MIT OR Apache-2.0
// A run of packet numbers, both ends included.
#pragma once

#include "quic/types.hpp"

namespace iroh::quic {

struct PnRange {
  PacketNumber first = 0;
  PacketNumber last = 0;

  constexpr bool contains(PacketNumber pn) const noexcept { return first <= pn && pn <= last; }
  constexpr std::uint64_t size() const noexcept { return last - first + 1; }
  friend constexpr bool operator==(const PnRange&, const PnRange&) noexcept = default;
};

}  // namespace iroh::quic
