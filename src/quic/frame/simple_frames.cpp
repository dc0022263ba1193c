// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/simple_frames.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {

void encode(base::ByteWriter& writer, const PaddingFrame& frame) noexcept {
  writer.zeros(frame.count);
}
void encode(base::ByteWriter& writer, const PingFrame&) noexcept {
  put_type(writer, FrameType::ping);
}
void encode(base::ByteWriter& writer, const HandshakeDoneFrame&) noexcept {
  put_type(writer, FrameType::handshake_done);
}
void encode(base::ByteWriter& writer, const ImmediateAckFrame&) noexcept {
  put_type(writer, FrameType::immediate_ack);
}

}  // namespace iroh::quic
