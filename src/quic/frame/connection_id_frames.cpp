// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/connection_id_frames.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {
namespace {

template <class Sink>
void put(Sink& out, const NewConnectionIdFrame& frame) noexcept {
  put_type(out, frame.path ? FrameType::path_new_connection_id : FrameType::new_connection_id);
  if (frame.path) put_path(out, *frame.path);
  out.varint(frame.sequence);
  out.varint(frame.retire_prior_to);
  out.u8(static_cast<std::uint8_t>(frame.cid.size()));
  out.bytes(frame.cid.bytes());
  out.bytes(frame.token);
}

template <class Sink>
void put(Sink& out, const RetireConnectionIdFrame& frame) noexcept {
  put_type(out, frame.path ? FrameType::path_retire_connection_id : FrameType::retire_connection_id);
  if (frame.path) put_path(out, *frame.path);
  out.varint(frame.sequence);
}

}  // namespace

std::size_t encoded_size(const NewConnectionIdFrame& frame) noexcept {
  return size_of([&](auto& out) { put(out, frame); });
}
std::size_t encoded_size(const RetireConnectionIdFrame& frame) noexcept {
  return size_of([&](auto& out) { put(out, frame); });
}
void encode(base::ByteWriter& writer, const NewConnectionIdFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const RetireConnectionIdFrame& frame) noexcept {
  put(writer, frame);
}

std::optional<NewConnectionIdFrame> decode_new_connection_id(FrameType type, base::ByteReader& reader) noexcept {
  NewConnectionIdFrame frame;
  if (type == FrameType::path_new_connection_id) {
    frame.path = read_path(reader);
    if (!frame.path) return std::nullopt;
  }
  if (!read_varints(reader, frame.sequence, frame.retire_prior_to)) return std::nullopt;
  // [RFC 9000 §19.15] [quic.md §3.2] Ids of 1 to 20 bytes, and nothing newer than itself is asked to be retired.
  if (frame.retire_prior_to > frame.sequence) return std::nullopt;
  const auto size = reader.u8();
  if (!size || *size == 0 || *size > ConnectionId::max_size) return std::nullopt;
  const auto cid = reader.bytes(*size);
  if (!cid || !read_array(reader, frame.token)) return std::nullopt;
  frame.cid = ConnectionId(*cid);
  return frame;
}

std::optional<RetireConnectionIdFrame> decode_retire_connection_id(FrameType type, base::ByteReader& reader) noexcept {
  RetireConnectionIdFrame frame;
  if (type == FrameType::path_retire_connection_id) {
    frame.path = read_path(reader);
    if (!frame.path) return std::nullopt;
  }
  if (!read_varints(reader, frame.sequence)) return std::nullopt;
  return frame;
}

}  // namespace iroh::quic
