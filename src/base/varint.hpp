// SPDX-License-Identifier: MIT OR Apache-2.0
// [RFC 9000 §16] Variable-length integers. Encoders use the shortest form, decoders accept every form.
#pragma once

#include <cstddef>
#include <cstdint>

namespace iroh::base {

inline constexpr std::uint64_t varint_max = (std::uint64_t{1} << 62) - 1;

/// Bytes that the shortest form of value takes: 1, 2, 4 or 8. The value must not exceed varint_max.
constexpr std::size_t varint_size(std::uint64_t value) noexcept {
  if (value < (1u << 6)) return 1;
  if (value < (1u << 14)) return 2;
  if (value < (1u << 30)) return 4;
  return 8;
}

}  // namespace iroh::base
