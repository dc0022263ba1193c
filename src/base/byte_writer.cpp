// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/byte_writer.hpp"

#include <cstring>

#include "base/assert.hpp"
#include "base/varint.hpp"

namespace iroh::base {

MutableByteSpan ByteWriter::reserve(std::size_t count) noexcept {
  IROH_ASSERT(remaining() >= count);
  const MutableByteSpan view(at_, count);
  at_ += count;
  return view;
}

void ByteWriter::big_endian(std::uint64_t value, std::size_t width) noexcept {
  const auto out = reserve(width);
  for (std::size_t i = width; i-- > 0; value >>= 8) out[i] = static_cast<std::byte>(value);
}

void ByteWriter::u8(std::uint8_t value) noexcept {
  big_endian(value, 1);
}
void ByteWriter::u16(std::uint16_t value) noexcept {
  big_endian(value, 2);
}
void ByteWriter::u32(std::uint32_t value) noexcept {
  big_endian(value, 4);
}
void ByteWriter::u64(std::uint64_t value) noexcept {
  big_endian(value, 8);
}

void ByteWriter::varint(std::uint64_t value) noexcept {
  IROH_ASSERT(value <= varint_max);
  const std::size_t width = varint_size(value);
  // [RFC 9000 §16] The two top bits hold the base-2 logarithm of the width.
  const std::uint64_t prefix = width == 1 ? 0 : width == 2 ? 1 : width == 4 ? 2 : 3;
  big_endian(value | prefix << (8 * width - 2), width);
}

void ByteWriter::varint_2_bytes(std::uint64_t value) noexcept {
  IROH_ASSERT(value < (1u << 14));
  big_endian(value | 1u << 14, 2);
}

void ByteWriter::bytes(ByteSpan bytes) noexcept {
  const auto out = reserve(bytes.size());
  if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
}

void ByteWriter::zeros(std::size_t count) noexcept {
  const auto out = reserve(count);
  if (count > 0) std::memset(out.data(), 0, count);
}

}  // namespace iroh::base
