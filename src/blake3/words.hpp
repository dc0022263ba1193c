// SPDX-License-Identifier: MIT OR Apache-2.0
// Between bytes and the little-endian words of the compression function.
#pragma once

#include <bit>
#include <cstring>
#include <span>

#include "blake3/tree.hpp"

namespace iroh::blake3 {

inline std::uint32_t to_little_endian(std::uint32_t word) noexcept {
  if constexpr (std::endian::native == std::endian::big) return __builtin_bswap32(word);
  return word;
}

inline Words words_from(std::span<const std::byte, digest_size> bytes) noexcept {
  Words words;
  std::memcpy(words.data(), bytes.data(), digest_size);
  for (std::uint32_t& word : words) word = to_little_endian(word);
  return words;
}

/// The first eight words as a digest.
inline Digest bytes_of(std::span<const std::uint32_t, 16> words) noexcept {
  Digest digest;
  for (std::size_t i = 0; i < 8; ++i) {
    const std::uint32_t word = to_little_endian(words[i]);
    std::memcpy(digest.data() + 4 * i, &word, sizeof(word));
  }
  return digest;
}

}  // namespace iroh::blake3
