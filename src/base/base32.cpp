// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/base32.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace iroh::base {
namespace {

constexpr std::string_view symbols(Base32 alphabet) noexcept {
  switch (alphabet) {
    case Base32::upper:
      return "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    case Base32::lower:
      return "abcdefghijklmnopqrstuvwxyz234567";
    case Base32::hex_lower:
      return "0123456789abcdefghijklmnopqrstuv";
    case Base32::z_base_32:
      return "ybndrfg8ejkmcpqxot1uwisza345h769";
  }
  return {};
}

constexpr std::uint8_t no_symbol = 0xff;
using Values = std::array<std::uint8_t, 256>;

constexpr Values values_of(Base32 alphabet) noexcept {
  Values values{};
  values.fill(no_symbol);
  std::uint8_t value = 0;
  for (const char symbol : symbols(alphabet)) values[static_cast<unsigned char>(symbol)] = value++;
  return values;
}

constexpr std::array values_table{values_of(Base32::upper), values_of(Base32::lower), values_of(Base32::hex_lower),
                                  values_of(Base32::z_base_32)};

}  // namespace

std::string to_base32(ByteSpan bytes, Base32 alphabet) {
  const std::string_view symbol = symbols(alphabet);
  std::string text;
  text.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t pending = 0;  // the low bit_count bits are still to be written
  unsigned bit_count = 0;
  for (const std::byte byte : bytes) {
    pending = (pending << 8 | std::to_integer<std::uint32_t>(byte)) & 0xfff;
    for (bit_count += 8; bit_count >= 5; bit_count -= 5) text += symbol[pending >> (bit_count - 5) & 31];
  }
  if (bit_count > 0) text += symbol[pending << (5 - bit_count) & 31];
  return text;
}

std::optional<std::vector<std::byte>> from_base32(std::string_view text, Base32 alphabet) {
  const Values& values = values_table[static_cast<std::size_t>(alphabet)];
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() * 5 / 8);
  std::uint32_t pending = 0;
  unsigned bit_count = 0;
  for (const char c : text) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == no_symbol) return std::nullopt;
    pending = (pending << 5 | value) & 0xfff;
    bit_count += 5;
    if (bit_count < 8) continue;
    bit_count -= 8;
    bytes.push_back(static_cast<std::byte>(pending >> bit_count & 0xff));
  }
  // Five or more bits left over mean that the last symbol carries no bit of any byte.
  const bool is_whole = bit_count < 5 && (pending & ((1u << bit_count) - 1)) == 0;
  return is_whole ? std::optional(std::move(bytes)) : std::nullopt;
}

std::optional<std::vector<std::byte>> from_base32_any_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return from_base32(lower, Base32::lower);
}

}  // namespace iroh::base
