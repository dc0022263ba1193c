// SPDX-License-Identifier: MIT OR Apache-2.0
// Codes of up to 62 bits as error_codes, whose value is an int.
#pragma once

#include <cstdint>
#include <limits>

#include "iroh/base/result.hpp"

namespace iroh::endpoint {

inline error_code wire_error(std::uint64_t code, const boost::system::error_category& category) noexcept {
  constexpr auto max = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
  return {static_cast<int>(code < max ? code : max), category};
}

}  // namespace iroh::endpoint
