// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/byte_span.hpp"

#include <algorithm>

namespace iroh::base {

bool equal(ByteSpan left, ByteSpan right) noexcept {
  return std::ranges::equal(left, right);
}

}  // namespace iroh::base
