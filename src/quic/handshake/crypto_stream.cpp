// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/handshake/crypto_stream.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/byte_writer.hpp"
#include "base/try.hpp"
#include "quic/frame/crypto_frame.hpp"
#include "quic/frame/frame_type.hpp"

namespace iroh::quic {

Bytes CryptoStream::read() {
  return incoming_.read(std::numeric_limits<std::size_t>::max());
}

TransportResult<bool> CryptoStream::on_frame(const CryptoFrame& frame, Bytes data) {
  constexpr std::uint64_t type = to_u64(FrameType::crypto);
  // [RFC 9000 §7.5] Also bounds offset + length, which the parser keeps below 2^62.
  if (frame.offset + data.size() > incoming_.read_offset() + max_buffered_) {
    return transport_error(ErrorCode::crypto_buffer_exceeded, "more handshake data than is buffered", type);
  }
  const std::uint64_t in_order = incoming_.contiguous_end();
  // What waits must not keep a receive buffer alive: 16 slices of 1024 bytes would hold 1 MiB, for anybody.
  if (frame.offset > in_order) data = Bytes::copy_of(data.span());
  if (auto inserted = incoming_.insert(frame.offset, std::move(data)); !inserted) {
    inserted.error().frame_type = type;
    return std::unexpected(std::move(inserted).error());
  }
  return incoming_.contiguous_end() > in_order;
}

void CryptoStream::write(PacketWriter& packet) {
  while (outgoing_.has_pending()) {
    const base::Interval pending = outgoing_.next(packet.remaining());
    const std::size_t room = packet.remaining();
    // The header for the whole rest of the packet is the largest that can be needed.
    const std::size_t header_max = crypto_header_size(pending.begin, room);
    if (room <= header_max) return;
    const std::size_t length = std::min<std::size_t>(pending.length(), room - header_max);
    base::ByteWriter writer(packet.reserve(crypto_header_size(pending.begin, length)));
    encode_crypto_header(writer, pending.begin, length);
    outgoing_.write_to(packet, {pending.begin, pending.begin + length});
    packet.record({.kind = SentFrame::Kind::crypto,
                   .level = level_,
                   .offset = pending.begin,
                   .length = static_cast<std::uint32_t>(length)});
    packet.set_ack_eliciting();
    packet.set_non_probing();
  }
}

void CryptoStream::on_acked(const SentFrame& frame) {
  outgoing_.on_acked({frame.offset, frame.offset + frame.length});
}

void CryptoStream::on_lost(const SentFrame& frame) {
  outgoing_.on_lost({frame.offset, frame.offset + frame.length});
}

}  // namespace iroh::quic
