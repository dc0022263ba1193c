// SPDX-License-Identifier: MIT OR Apache-2.0
// Reads fixed-width integers, varints and byte runs from a view. A read past the end yields nothing and leaves the
// reader where it was; nothing throws.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/byte_span.hpp"

namespace iroh::base {

class ByteReader {
 public:
  constexpr explicit ByteReader(ByteSpan bytes) noexcept
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()) {}

  std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  std::size_t position() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  bool is_empty() const noexcept { return at_ == end_; }
  ByteSpan rest() const noexcept { return {at_, remaining()}; }

  std::optional<std::uint8_t> u8() noexcept { return get<std::uint8_t>(); }
  std::optional<std::uint16_t> u16() noexcept { return get<std::uint16_t>(); }  ///< big-endian
  std::optional<std::uint32_t> u32() noexcept { return get<std::uint32_t>(); }  ///< big-endian
  std::optional<std::uint64_t> u64() noexcept { return get<std::uint64_t>(); }  ///< big-endian
  std::optional<std::uint64_t> varint() noexcept;
  std::optional<ByteSpan> bytes(std::size_t count) noexcept;
  /// A varint length, then that many bytes.
  std::optional<ByteSpan> varint_bytes() noexcept;
  bool skip(std::size_t count) noexcept { return bytes(count).has_value(); }

 private:
  /// The next bytes, which must be there, as a number.
  template <class T>
  T peek() const noexcept {
    T value;
    std::memcpy(&value, at_, sizeof value);
    return std::endian::native == std::endian::little ? std::byteswap(value) : value;
  }
  template <class T>
  std::optional<T> get() noexcept {
    if (remaining() < sizeof(T)) return std::nullopt;
    const T value = peek<T>();
    at_ += sizeof(T);
    return value;
  }

  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
};

// Inline like the rest: a packet has a dozen of them.
inline std::optional<std::uint64_t> ByteReader::varint() noexcept {
  if (is_empty()) return std::nullopt;
  // The two top bits of the first byte hold the width, not the value. [RFC 9000 §16]
  const unsigned width_log = std::to_integer<unsigned>(*at_) >> 6;
  const std::size_t width = std::size_t{1} << width_log;
  if (remaining() < width) return std::nullopt;
  std::uint64_t value = 0;
  switch (width_log) {
    case 0:
      value = peek<std::uint8_t>() & 0x3f;
      break;
    case 1:
      value = peek<std::uint16_t>() & 0x3fff;
      break;
    case 2:
      value = peek<std::uint32_t>() & 0x3fff'ffff;
      break;
    default:
      value = peek<std::uint64_t>() & 0x3fff'ffff'ffff'ffff;
      break;
  }
  at_ += width;
  return value;
}

inline std::optional<ByteSpan> ByteReader::bytes(std::size_t count) noexcept {
  if (remaining() < count) return std::nullopt;
  const ByteSpan view(at_, count);
  at_ += count;
  return view;
}

inline std::optional<ByteSpan> ByteReader::varint_bytes() noexcept {
  const std::byte* start = at_;
  const auto length = varint();
  if (length && *length <= remaining()) return bytes(static_cast<std::size_t>(*length));
  at_ = start;
  return std::nullopt;
}

}  // namespace iroh::base
