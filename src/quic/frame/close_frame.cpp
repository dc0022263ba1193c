// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/close_frame.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {
namespace {

template <class Sink>
void put(Sink& out, const ConnectionCloseFrame& frame) noexcept {
  put_type(out, frame.is_application ? FrameType::application_close : FrameType::connection_close);
  out.varint(frame.code);
  if (!frame.is_application) out.varint(frame.frame_type);
  put_varint_bytes(out, frame.reason);
}

}  // namespace

std::size_t encoded_size(const ConnectionCloseFrame& frame) noexcept {
  return size_of([&](auto& out) { put(out, frame); });
}

void encode(base::ByteWriter& writer, const ConnectionCloseFrame& frame) noexcept {
  put(writer, frame);
}

std::optional<ConnectionCloseFrame> decode_connection_close(FrameType type, base::ByteReader& reader) noexcept {
  ConnectionCloseFrame frame;
  frame.is_application = type == FrameType::application_close;
  if (!read_varints(reader, frame.code)) return std::nullopt;
  if (!frame.is_application && !read_varints(reader, frame.frame_type)) return std::nullopt;
  const auto reason = reader.varint_bytes();
  if (!reason) return std::nullopt;
  frame.reason = *reason;
  return frame;
}

}  // namespace iroh::quic
