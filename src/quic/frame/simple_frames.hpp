// SPDX-License-Identifier: MIT OR Apache-2.0
// Frames without a body: PADDING, PING, HANDSHAKE_DONE, IMMEDIATE_ACK. [RFC 9000 §19.1], [RFC 9000 §19.2],
// [RFC 9000 §19.20], [ack-frequency §5]
#pragma once

#include <cstddef>

#include "base/byte_writer.hpp"

namespace iroh::quic {

/// A run of PADDING frames, one byte each.
struct PaddingFrame {
  std::size_t count = 1;
  friend bool operator==(const PaddingFrame&, const PaddingFrame&) = default;
};
struct PingFrame {
  friend bool operator==(const PingFrame&, const PingFrame&) = default;
};
struct HandshakeDoneFrame {
  friend bool operator==(const HandshakeDoneFrame&, const HandshakeDoneFrame&) = default;
};
struct ImmediateAckFrame {
  friend bool operator==(const ImmediateAckFrame&, const ImmediateAckFrame&) = default;
};

constexpr std::size_t encoded_size(const PaddingFrame& frame) noexcept {
  return frame.count;
}
constexpr std::size_t encoded_size(const PingFrame&) noexcept {
  return 1;
}
constexpr std::size_t encoded_size(const HandshakeDoneFrame&) noexcept {
  return 1;
}
constexpr std::size_t encoded_size(const ImmediateAckFrame&) noexcept {
  return 1;
}

void encode(base::ByteWriter& writer, const PaddingFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const PingFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const HandshakeDoneFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const ImmediateAckFrame& frame) noexcept;

}  // namespace iroh::quic
