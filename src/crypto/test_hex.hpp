// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests: bytes from hex.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/hex.hpp"

namespace iroh::crypto {

inline std::vector<std::byte> hex(std::string_view text) {
  return base::from_hex(text).value();
}

}  // namespace iroh::crypto
