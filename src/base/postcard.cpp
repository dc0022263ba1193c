// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/postcard.hpp"

#include "base/utf8.hpp"

namespace iroh::base {

std::optional<std::uint64_t> PostcardReader::varint(unsigned bits) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < bits; shift += 7) {
    const auto byte = reader_.u8();
    if (!byte) return std::nullopt;
    const std::uint64_t group = *byte & 0x7fu;
    const bool is_last = (*byte & 0x80) == 0;
    // The last group that fits has fewer than 7 bits: a u64's tenth byte is at most 01. [endpoint.md §1.8]
    const unsigned room = bits - shift;
    if (room <= 7 && (!is_last || group >> room != 0)) return std::nullopt;
    value |= group << shift;
    if (is_last) return value;
  }
  return std::nullopt;
}

std::optional<std::uint16_t> PostcardReader::u16() noexcept {
  const auto value = varint(16);
  return value ? std::optional(static_cast<std::uint16_t>(*value)) : std::nullopt;
}

std::optional<std::uint32_t> PostcardReader::u32() noexcept {
  const auto value = varint(32);
  return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

std::optional<bool> PostcardReader::boolean() noexcept {
  const auto value = u8();
  if (!value || *value > 1) return std::nullopt;
  return *value == 1;
}

std::optional<ByteSpan> PostcardReader::bytes() noexcept {
  const auto length = varint(64);
  if (!length || *length > reader_.remaining()) return std::nullopt;
  return reader_.bytes(static_cast<std::size_t>(*length));
}

std::optional<std::string_view> PostcardReader::string() noexcept {
  const auto view = bytes();
  if (!view || !is_utf8(as_text(*view))) return std::nullopt;
  return as_text(*view);
}

void PostcardWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) u8(static_cast<std::uint8_t>(value | 0x80));
  u8(static_cast<std::uint8_t>(value));
}

}  // namespace iroh::base
