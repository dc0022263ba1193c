// SPDX-License-Identifier: MIT OR Apache-2.0
// Writes fixed-width integers, varints and byte runs into a view lent by the caller. The caller makes sure that there
// is room (remaining()); writing past the end is our own bug and asserts.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/assert.hpp"
#include "base/byte_span.hpp"
#include "base/varint.hpp"

namespace iroh::base {

class ByteWriter {
 public:
  explicit ByteWriter(MutableByteSpan buffer) noexcept
      : begin_(buffer.data()), at_(begin_), end_(begin_ + buffer.size()) {}

  std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  std::size_t position() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  ByteSpan written() const noexcept { return {begin_, position()}; }

  void u8(std::uint8_t value) noexcept { put(value); }
  void u16(std::uint16_t value) noexcept { put(value); }  ///< big-endian
  void u32(std::uint32_t value) noexcept { put(value); }  ///< big-endian
  void u64(std::uint64_t value) noexcept { put(value); }  ///< big-endian
  /// Shortest form; the value must not exceed varint_max.
  void varint(std::uint64_t value) noexcept;
  /// Two-byte form whatever the value (at most 2^14 - 1): for lengths that are filled in later.
  void varint_2_bytes(std::uint64_t value) noexcept;
  void bytes(ByteSpan bytes) noexcept;
  void zeros(std::size_t count) noexcept;
  /// Moves forward over count bytes and returns them, to be filled by the caller.
  MutableByteSpan reserve(std::size_t count) noexcept {
    IROH_ASSERT(remaining() >= count);
    const MutableByteSpan view(at_, count);
    at_ += count;
    return view;
  }

 private:
  template <class T>
  void put(T value) noexcept {
    if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
    std::memcpy(reserve(sizeof value).data(), &value, sizeof value);
  }

  std::byte* begin_;
  std::byte* at_;
  std::byte* end_;
};

// Inline like the rest: a packet has a dozen of them.
inline void ByteWriter::varint(std::uint64_t value) noexcept {
  // [RFC 9000 §16] The two top bits hold the base-2 logarithm of the width.
  switch (varint_size(value)) {
    case 1:
      return put(static_cast<std::uint8_t>(value));
    case 2:
      return put(static_cast<std::uint16_t>(value | std::uint64_t{1} << 14));
    case 4:
      return put(static_cast<std::uint32_t>(value | std::uint64_t{2} << 30));
    default:
      IROH_ASSERT(value <= varint_max);
      return put(value | std::uint64_t{3} << 62);
  }
}

inline void ByteWriter::varint_2_bytes(std::uint64_t value) noexcept {
  IROH_ASSERT(value < (1u << 14));
  put(static_cast<std::uint16_t>(value | std::uint64_t{1} << 14));
}

inline void ByteWriter::bytes(ByteSpan bytes) noexcept {
  const auto out = reserve(bytes.size());
  if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
}

inline void ByteWriter::zeros(std::size_t count) noexcept {
  const auto out = reserve(count);
  if (count > 0) std::memset(out.data(), 0, count);
}

}  // namespace iroh::base
