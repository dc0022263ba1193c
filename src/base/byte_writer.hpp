// SPDX-License-Identifier: MIT OR Apache-2.0
// Writes fixed-width integers, varints and byte runs into a view lent by the caller. The caller makes sure that there
// is room (remaining()); writing past the end is our own bug and asserts.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_span.hpp"

namespace iroh::base {

class ByteWriter {
 public:
  explicit ByteWriter(MutableByteSpan buffer) noexcept
      : begin_(buffer.data()), at_(begin_), end_(begin_ + buffer.size()) {}

  std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  std::size_t position() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  ByteSpan written() const noexcept { return {begin_, position()}; }

  void u8(std::uint8_t value) noexcept;
  void u16(std::uint16_t value) noexcept;  ///< big-endian
  void u32(std::uint32_t value) noexcept;  ///< big-endian
  void u64(std::uint64_t value) noexcept;  ///< big-endian
  /// Shortest form; the value must not exceed varint_max.
  void varint(std::uint64_t value) noexcept;
  /// Two-byte form whatever the value (at most 2^14 - 1): for lengths that are filled in later.
  void varint_2_bytes(std::uint64_t value) noexcept;
  void bytes(ByteSpan bytes) noexcept;
  void zeros(std::size_t count) noexcept;
  /// Moves forward over count bytes and returns them, to be filled by the caller.
  MutableByteSpan reserve(std::size_t count) noexcept;

 private:
  void big_endian(std::uint64_t value, std::size_t width) noexcept;

  std::byte* begin_;
  std::byte* at_;
  std::byte* end_;
};

}  // namespace iroh::base
