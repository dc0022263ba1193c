// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/byte_reader.hpp"

namespace iroh::base {

std::optional<std::uint64_t> ByteReader::big_endian(std::size_t width) noexcept {
  if (remaining() < width) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value << 8 | std::to_integer<std::uint64_t>(at_[i]);
  at_ += width;
  return value;
}

std::optional<std::uint8_t> ByteReader::u8() noexcept {
  if (is_empty()) return std::nullopt;
  return std::to_integer<std::uint8_t>(*at_++);
}

std::optional<std::uint16_t> ByteReader::u16() noexcept {
  const auto value = big_endian(2);
  return value ? std::optional(static_cast<std::uint16_t>(*value)) : std::nullopt;
}

std::optional<std::uint32_t> ByteReader::u32() noexcept {
  const auto value = big_endian(4);
  return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

std::optional<std::uint64_t> ByteReader::u64() noexcept {
  return big_endian(8);
}

std::optional<std::uint64_t> ByteReader::varint() noexcept {
  if (is_empty()) return std::nullopt;
  const auto first = std::to_integer<std::uint8_t>(*at_);
  const std::size_t width = std::size_t{1} << (first >> 6);
  if (width == 1) {
    ++at_;
    return first;
  }
  const auto value = big_endian(width);
  if (!value) return std::nullopt;
  // The two top bits hold the width, not the value.
  return *value & ((std::uint64_t{1} << (8 * width - 2)) - 1);
}

std::optional<ByteSpan> ByteReader::bytes(std::size_t count) noexcept {
  if (remaining() < count) return std::nullopt;
  const ByteSpan view(at_, count);
  at_ += count;
  return view;
}

std::optional<ByteSpan> ByteReader::varint_bytes() noexcept {
  const std::byte* start = at_;
  const auto length = varint();
  if (length && *length <= remaining()) return bytes(static_cast<std::size_t>(*length));
  at_ = start;
  return std::nullopt;
}

bool ByteReader::skip(std::size_t count) noexcept {
  return bytes(count).has_value();
}

}  // namespace iroh::base
