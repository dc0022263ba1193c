// SPDX-License-Identifier: MIT OR Apache-2.0
// CONNECTION_CLOSE, of the transport (0x1c) or the application (0x1d). [RFC 9000 §19.19]
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

struct ConnectionCloseFrame {
  bool is_application = false;
  std::uint64_t code = 0;
  std::uint64_t frame_type = 0;  ///< the offending frame; transport only
  ByteSpan reason;               ///< meant as UTF-8, but not checked
  friend bool operator==(const ConnectionCloseFrame& a, const ConnectionCloseFrame& b) noexcept {
    return a.is_application == b.is_application && a.code == b.code && a.frame_type == b.frame_type &&
           base::equal(a.reason, b.reason);
  }
};

std::size_t encoded_size(const ConnectionCloseFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const ConnectionCloseFrame& frame) noexcept;
std::optional<ConnectionCloseFrame> decode_connection_close(FrameType type, base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
