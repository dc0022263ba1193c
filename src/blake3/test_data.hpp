// SPDX-License-Identifier: MIT OR Apache-2.0
// The two data patterns that the vectors of blobs.md are computed from. For tests.
#pragma once

#include <cstddef>
#include <vector>

namespace iroh::blake3 {

/// Byte i is i mod 251. [blobs.md §7.3.1]
inline std::vector<std::byte> official_pattern(std::size_t size) {
  std::vector<std::byte> data(size);
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::byte>(i % 251);
  return data;
}

/// A(n): every chunk of 1024 bytes has a letter of its own. [blobs.md §7.2]
inline std::vector<std::byte> letter_pattern(std::size_t size) {
  std::vector<std::byte> data(size);
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::byte>('A' + i / 1024 % 26);
  return data;
}

}  // namespace iroh::blake3
