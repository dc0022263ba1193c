// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests: when their virtual time begins, its unit, a path beside path_zero, and bytes from hex.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/hex.hpp"
#include "base/time.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

inline constexpr base::Instant start{base::seconds(100)};
inline constexpr base::Duration ms = base::milliseconds(1);
inline constexpr PathId path_one{1};

inline std::vector<std::byte> hex(std::string_view text) {
  return base::from_hex(text).value();
}
inline ConnectionId cid(std::string_view text) {
  return ConnectionId(hex(text));
}

}  // namespace iroh::quic
