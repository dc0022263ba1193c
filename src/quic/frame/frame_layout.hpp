// SPDX-License-Identifier: MIT OR Apache-2.0
// Internal to frame/: each frame's layout is written down once, as a function over a sink, which is either a ByteWriter
// or a counter of bytes; and the readers for the fields that layouts share.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/byte_reader.hpp"
#include "base/byte_span.hpp"
#include "base/varint.hpp"
#include "quic/frame/frame_type.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

/// Has the face of ByteWriter as far as layouts use it.
class SizeCounter {
 public:
  void u8(std::uint8_t) noexcept { size_ += 1; }
  void u16(std::uint16_t) noexcept { size_ += 2; }
  void varint(std::uint64_t value) noexcept { size_ += base::varint_size(value); }
  void bytes(ByteSpan bytes) noexcept { size_ += bytes.size(); }
  std::size_t size() const noexcept { return size_; }

 private:
  std::size_t size_ = 0;
};

/// layout: a callable that takes a sink.
template <class Layout>
std::size_t size_of(const Layout& layout) noexcept {
  SizeCounter counter;
  layout(counter);
  return counter.size();
}

/// [RFC 9000 §12.4] Frame types are written in their shortest form.
template <class Sink>
void put_type(Sink& out, FrameType type) noexcept {
  out.varint(to_u64(type));
}

template <class Sink>
void put_path(Sink& out, PathId path) noexcept {
  out.varint(to_u32(path));
}

/// A varint length, then the bytes.
template <class Sink>
void put_varint_bytes(Sink& out, ByteSpan bytes) noexcept {
  out.varint(bytes.size());
  out.bytes(bytes);
}

/// [quic.md 12] A path id above 2^32 - 1 is a decoding failure.
inline std::optional<PathId> read_path(base::ByteReader& reader) noexcept {
  const auto value = reader.varint();
  if (!value || *value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<PathId>(*value);
}

/// Reads one varint after another; false if they are not all there.
template <class... Values>
bool read_varints(base::ByteReader& reader, Values&... values) noexcept {
  const auto read_one = [&reader](std::uint64_t& value) {
    const auto read = reader.varint();
    value = read.value_or(0);
    return read.has_value();
  };
  return (read_one(values) && ...);
}

template <std::size_t size>
bool read_array(base::ByteReader& reader, std::array<std::byte, size>& out) noexcept {
  const auto bytes = reader.bytes(size);
  if (!bytes) return false;
  std::ranges::copy(*bytes, out.begin());
  return true;
}

}  // namespace iroh::quic
