// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/datagram_frame.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {
namespace {

template <class Sink>
void put_header(Sink& out, std::size_t length) noexcept {
  put_type(out, FrameType::datagram_with_length);
  out.varint(length);
}

}  // namespace

std::size_t datagram_header_size(std::size_t length) noexcept {
  return size_of([&](auto& out) { put_header(out, length); });
}

void encode_datagram_header(base::ByteWriter& writer, std::size_t length) noexcept {
  put_header(writer, length);
}

std::size_t encoded_size(const DatagramFrame& frame) noexcept {
  return datagram_header_size(frame.data.size()) + frame.data.size();
}

void encode(base::ByteWriter& writer, const DatagramFrame& frame) noexcept {
  put_header(writer, frame.data.size());
  writer.bytes(frame.data);
}

std::optional<DatagramFrame> decode_datagram(FrameType type, base::ByteReader& reader) noexcept {
  // Without a length the data extends to the end of the packet.
  const auto data = type == FrameType::datagram ? reader.bytes(reader.remaining()) : reader.varint_bytes();
  return data ? std::optional(DatagramFrame{*data}) : std::nullopt;
}

}  // namespace iroh::quic
