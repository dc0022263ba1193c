// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/stream_frame.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {
namespace {

// [RFC 9000 §19.8] The low bits of the type.
constexpr std::uint64_t offset_bit = 0x04;
constexpr std::uint64_t length_bit = 0x02;
constexpr std::uint64_t fin_bit = 0x01;

template <class Sink>
void put_header(Sink& out, StreamId id, std::uint64_t offset, bool fin, std::optional<std::size_t> length) noexcept {
  out.varint(to_u64(FrameType::stream) | (offset > 0 ? offset_bit : 0) | (length ? length_bit : 0) |
             (fin ? fin_bit : 0));
  out.varint(id.value());
  if (offset > 0) out.varint(offset);
  if (length) out.varint(*length);
}

}  // namespace

std::size_t stream_header_size(StreamId id, std::uint64_t offset, std::optional<std::size_t> length) noexcept {
  return size_of([&](auto& out) { put_header(out, id, offset, false, length); });
}

void encode_stream_header(base::ByteWriter& writer, StreamId id, std::uint64_t offset, bool fin,
                          std::optional<std::size_t> length) noexcept {
  put_header(writer, id, offset, fin, length);
}

std::size_t encoded_size(const StreamFrame& frame) noexcept {
  return stream_header_size(frame.id, frame.offset, frame.data.size()) + frame.data.size();
}

void encode(base::ByteWriter& writer, const StreamFrame& frame) noexcept {
  put_header(writer, frame.id, frame.offset, frame.fin, frame.data.size());
  writer.bytes(frame.data);
}

std::optional<StreamFrame> decode_stream(FrameType type, base::ByteReader& reader) noexcept {
  const auto id = reader.varint();
  const auto offset = (to_u64(type) & offset_bit) != 0 ? reader.varint() : 0;
  if (!id || !offset) return std::nullopt;
  // Without a length the data extends to the end of the packet.
  const auto data = (to_u64(type) & length_bit) != 0 ? reader.varint_bytes() : reader.bytes(reader.remaining());
  if (!data) return std::nullopt;
  return StreamFrame{StreamId(*id), *offset, (to_u64(type) & fin_bit) != 0, *data};
}

}  // namespace iroh::quic
