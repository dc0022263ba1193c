// SPDX-License-Identifier: MIT OR Apache-2.0
// Short names for views of bytes, and conversions that need no copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace iroh::base {

using ByteSpan = std::span<const std::byte>;
using MutableByteSpan = std::span<std::byte>;

inline ByteSpan as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view as_text(ByteSpan bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline const std::uint8_t* as_u8(const std::byte* p) noexcept {
  return reinterpret_cast<const std::uint8_t*>(p);
}
inline std::uint8_t* as_u8(std::byte* p) noexcept {
  return reinterpret_cast<std::uint8_t*>(p);
}

/// True if both views hold the same bytes. Not constant-time: see crypto for secrets.
inline bool equal(ByteSpan left, ByteSpan right) noexcept {
  return left.size() == right.size() && (left.empty() || std::memcmp(left.data(), right.data(), left.size()) == 0);
}

}  // namespace iroh::base
