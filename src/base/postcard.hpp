// SPDX-License-Identifier: MIT OR Apache-2.0
// The part of the postcard serialisation that iroh uses. Reads past the end, overlong or overflowing varints and broken
// UTF-8 yield nothing; bytes after the value are the caller's business. [endpoint.md §1.8]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/byte_reader.hpp"
#include "base/byte_span.hpp"

namespace iroh::base {

class PostcardReader {
 public:
  explicit PostcardReader(ByteSpan bytes) noexcept : reader_(bytes) {}

  bool is_empty() const noexcept { return reader_.is_empty(); }
  std::size_t remaining() const noexcept { return reader_.remaining(); }
  ByteSpan rest() const noexcept { return reader_.rest(); }

  std::optional<std::uint8_t> u8() noexcept { return reader_.u8(); }
  std::optional<std::uint16_t> u16() noexcept;
  std::optional<std::uint32_t> u32() noexcept;
  std::optional<std::uint64_t> u64() noexcept { return varint(64); }
  /// A bool, and the tag of an option: 00 or 01.
  std::optional<bool> boolean() noexcept;
  /// Raw bytes without a length: a fixed array of u8.
  std::optional<ByteSpan> fixed(std::size_t count) noexcept { return reader_.bytes(count); }
  template <std::size_t count>
  std::optional<std::array<std::byte, count>> fixed_array() noexcept;
  /// A length, then bytes: a view into the input.
  std::optional<ByteSpan> bytes() noexcept;
  /// As bytes(), and must be UTF-8.
  std::optional<std::string_view> string() noexcept;

 private:
  /// LEB128 of a value of so many bits. A longer encoding than the largest value needs is refused, a merely non-minimal
  /// one is not.
  std::optional<std::uint64_t> varint(unsigned bits) noexcept;

  ByteReader reader_;
};

template <std::size_t count>
std::optional<std::array<std::byte, count>> PostcardReader::fixed_array() noexcept {
  const auto view = fixed(count);
  if (!view) return std::nullopt;
  std::array<std::byte, count> array;
  for (std::size_t i = 0; i < count; ++i) array[i] = (*view)[i];
  return array;
}

/// Appends to a vector of its own.
class PostcardWriter {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(static_cast<std::byte>(value)); }
  void u16(std::uint16_t value) { varint(value); }
  void u32(std::uint32_t value) { varint(value); }
  void u64(std::uint64_t value) { varint(value); }
  void boolean(bool value) { u8(value ? 1 : 0); }
  void fixed(ByteSpan bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void bytes(ByteSpan bytes) {
    varint(bytes.size());
    fixed(bytes);
  }
  void string(std::string_view text) { bytes(as_bytes(text)); }

  ByteSpan written() const noexcept { return bytes_; }
  std::vector<std::byte> take() noexcept { return std::move(bytes_); }

 private:
  /// The shortest encoding.
  void varint(std::uint64_t value);

  std::vector<std::byte> bytes_;
};

}  // namespace iroh::base
