// SPDX-License-Identifier: MIT OR Apache-2.0
// STREAM: data of a stream. [RFC 9000 §19.8]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_reader.hpp"
#include "base/byte_span.hpp"
#include "base/byte_writer.hpp"
#include "quic/frame/frame_type.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct StreamFrame {
  StreamId id;
  std::uint64_t offset = 0;
  bool fin = false;
  ByteSpan data;
  friend bool operator==(const StreamFrame& a, const StreamFrame& b) noexcept {
    return a.id == b.id && a.offset == b.offset && a.fin == b.fin && base::equal(a.data, b.data);
  }
};

/// length: of the data that follows; nothing if the data extends to the end of the packet.
std::size_t stream_header_size(StreamId id, std::uint64_t offset, std::optional<std::size_t> length) noexcept;
void encode_stream_header(base::ByteWriter& writer, StreamId id, std::uint64_t offset, bool fin,
                          std::optional<std::size_t> length) noexcept;

/// The form with a length.
std::size_t encoded_size(const StreamFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const StreamFrame& frame) noexcept;

/// type: any of the eight. That offset and length stay below 2^62 is checked by the caller.
std::optional<StreamFrame> decode_stream(FrameType type, base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
