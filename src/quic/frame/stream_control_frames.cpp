// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/stream_control_frames.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {
namespace {

template <class Sink>
void put(Sink& out, const ResetStreamFrame& frame) noexcept {
  put_type(out, FrameType::reset_stream);
  out.varint(frame.id.value());
  out.varint(frame.code);
  out.varint(frame.final_size);
}

template <class Sink>
void put(Sink& out, const StopSendingFrame& frame) noexcept {
  put_type(out, FrameType::stop_sending);
  out.varint(frame.id.value());
  out.varint(frame.code);
}

}  // namespace

std::size_t encoded_size(const ResetStreamFrame& frame) noexcept {
  return size_of([&](auto& out) { put(out, frame); });
}
std::size_t encoded_size(const StopSendingFrame& frame) noexcept {
  return size_of([&](auto& out) { put(out, frame); });
}
void encode(base::ByteWriter& writer, const ResetStreamFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const StopSendingFrame& frame) noexcept {
  put(writer, frame);
}

std::optional<ResetStreamFrame> decode_reset_stream(base::ByteReader& reader) noexcept {
  std::uint64_t id = 0;
  ResetStreamFrame frame;
  if (!read_varints(reader, id, frame.code, frame.final_size)) return std::nullopt;
  frame.id = StreamId(id);
  return frame;
}

std::optional<StopSendingFrame> decode_stop_sending(base::ByteReader& reader) noexcept {
  std::uint64_t id = 0;
  StopSendingFrame frame;
  if (!read_varints(reader, id, frame.code)) return std::nullopt;
  frame.id = StreamId(id);
  return frame;
}

}  // namespace iroh::quic
