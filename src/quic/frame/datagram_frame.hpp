// SPDX-License-Identifier: MIT OR Apache-2.0
// DATAGRAM: unreliable application data. [RFC 9221 §4]
#pragma once

#include <cstddef>
#include <optional>

#include "base/byte_reader.hpp"
#include "base/byte_span.hpp"
#include "base/byte_writer.hpp"
#include "quic/frame/frame_type.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct DatagramFrame {
  ByteSpan data;
  friend bool operator==(const DatagramFrame& a, const DatagramFrame& b) noexcept {
    return base::equal(a.data, b.data);
  }
};

/// The form with a length is the only one written. [quic.md §3.2]
std::size_t datagram_header_size(std::size_t length) noexcept;
void encode_datagram_header(base::ByteWriter& writer, std::size_t length) noexcept;

std::size_t encoded_size(const DatagramFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const DatagramFrame& frame) noexcept;
std::optional<DatagramFrame> decode_datagram(FrameType type, base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
