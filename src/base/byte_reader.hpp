// SPDX-License-Identifier: MIT OR Apache-2.0
// Reads fixed-width integers, varints and byte runs from a view. A read past the end yields nothing and leaves the
// reader where it was; nothing throws.
#pragma once

#include <cstddef>
#include <cstdint>
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

  std::optional<std::uint8_t> u8() noexcept;
  std::optional<std::uint16_t> u16() noexcept;  ///< big-endian
  std::optional<std::uint32_t> u32() noexcept;  ///< big-endian
  std::optional<std::uint64_t> u64() noexcept;  ///< big-endian
  std::optional<std::uint64_t> varint() noexcept;
  std::optional<ByteSpan> bytes(std::size_t count) noexcept;
  /// A varint length, then that many bytes.
  std::optional<ByteSpan> varint_bytes() noexcept;
  bool skip(std::size_t count) noexcept;

 private:
  std::optional<std::uint64_t> big_endian(std::size_t width) noexcept;

  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
};

}  // namespace iroh::base
