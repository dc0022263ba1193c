// SPDX-License-Identifier: MIT OR Apache-2.0
#pragma once

#include <string_view>

namespace iroh::endpoint {

/// [RFC 7301 §3.1] 1 to 255 bytes.
constexpr bool is_valid_alpn(std::string_view alpn) noexcept {
  return !alpn.empty() && alpn.size() <= 255;
}

}  // namespace iroh::endpoint
