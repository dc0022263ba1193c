// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include "base/varint.hpp"
#include "quic/frame/frame.hpp"

namespace iroh::quic {
namespace {

/// The frame's type has been read, of PADDING nothing more than that.
PaddingFrame decode_padding(base::ByteReader& reader) noexcept {
  PaddingFrame frame;
  const ByteSpan rest = reader.rest();
  const auto end = std::ranges::find_if(rest, [](std::byte byte) { return byte != std::byte{0}; });
  const auto more = static_cast<std::size_t>(end - rest.begin());
  reader.skip(more);
  frame.count += more;
  return frame;
}

bool is_stream(std::uint64_t type) noexcept {
  return (type & ~std::uint64_t{0x07}) == to_u64(FrameType::stream);
}

template <class Body>
std::optional<Frame> wrap(const std::optional<Body>& body) {
  return body ? std::optional<Frame>(*body) : std::nullopt;
}

/// Frames of RFC 9000, but for STREAM and PADDING. Nothing if the frame is malformed or not one of them.
std::optional<Frame> decode_core(FrameType type, base::ByteReader& reader) noexcept {
  switch (type) {
    case FrameType::ping:
      return PingFrame{};
    case FrameType::ack:
    case FrameType::ack_ecn:
      return wrap(decode_ack(type, reader));
    case FrameType::reset_stream:
      return wrap(decode_reset_stream(reader));
    case FrameType::stop_sending:
      return wrap(decode_stop_sending(reader));
    case FrameType::crypto:
      return wrap(decode_crypto(reader));
    case FrameType::new_token:
      return wrap(decode_new_token(reader));
    case FrameType::max_data:
      return wrap(decode_max_data(reader));
    case FrameType::max_stream_data:
      return wrap(decode_max_stream_data(reader));
    case FrameType::max_streams_bidi:
    case FrameType::max_streams_uni:
      return wrap(decode_max_streams(type, reader));
    case FrameType::data_blocked:
      return wrap(decode_data_blocked(reader));
    case FrameType::stream_data_blocked:
      return wrap(decode_stream_data_blocked(reader));
    case FrameType::streams_blocked_bidi:
    case FrameType::streams_blocked_uni:
      return wrap(decode_streams_blocked(type, reader));
    case FrameType::new_connection_id:
      return wrap(decode_new_connection_id(type, reader));
    case FrameType::retire_connection_id:
      return wrap(decode_retire_connection_id(type, reader));
    case FrameType::path_challenge:
      return wrap(decode_path_challenge(reader));
    case FrameType::path_response:
      return wrap(decode_path_response(reader));
    case FrameType::connection_close:
    case FrameType::application_close:
      return wrap(decode_connection_close(type, reader));
    case FrameType::handshake_done:
      return HandshakeDoneFrame{};
    default:
      return std::nullopt;
  }
}

/// Frames of extensions. Nothing if the frame is malformed or of unknown type.
std::optional<Frame> decode_extension(FrameType type, base::ByteReader& reader) noexcept {
  switch (type) {
    case FrameType::immediate_ack:
      return ImmediateAckFrame{};
    case FrameType::datagram:
    case FrameType::datagram_with_length:
      return wrap(decode_datagram(type, reader));
    case FrameType::path_ack:
    case FrameType::path_ack_ecn:
      return wrap(decode_ack(type, reader));
    case FrameType::ack_frequency:
      return wrap(decode_ack_frequency(reader));
    case FrameType::path_abandon:
      return wrap(decode_path_abandon(reader));
    case FrameType::path_status_backup:
    case FrameType::path_status_available:
      return wrap(decode_path_status(type, reader));
    case FrameType::path_new_connection_id:
      return wrap(decode_new_connection_id(type, reader));
    case FrameType::path_retire_connection_id:
      return wrap(decode_retire_connection_id(type, reader));
    case FrameType::max_path_id:
      return wrap(decode_max_path_id(reader));
    case FrameType::paths_blocked:
      return wrap(decode_paths_blocked(reader));
    case FrameType::path_cids_blocked:
      return wrap(decode_path_cids_blocked(reader));
    case FrameType::add_address_v4:
    case FrameType::add_address_v6:
      return wrap(decode_add_address(type, reader));
    case FrameType::reach_out_v4:
    case FrameType::reach_out_v6:
      return wrap(decode_reach_out(type, reader));
    case FrameType::remove_address:
      return wrap(decode_remove_address(reader));
    case FrameType::observed_address_v4:
    case FrameType::observed_address_v6:
      return wrap(decode_observed_address(type, reader));
    default:
      return std::nullopt;
  }
}

}  // namespace

TransportResult<std::optional<Frame>> FrameParser::next() {
  if (reader_.is_empty()) {
    // [RFC 9000 §12.4] [quic.md 12] A packet without any frame.
    if (reader_.position() == 0) return transport_error(ErrorCode::protocol_violation, "packet without frames");
    return std::nullopt;
  }
  const auto type = reader_.varint();
  frame_type_ = type.value_or(0);
  if (!type) return transport_error(ErrorCode::frame_encoding_error, "truncated frame type");
  if (is_stream(*type)) {
    if (const auto stream = decode_stream(static_cast<FrameType>(*type), reader_)) {
      // [quic.md §3.5] [RFC 9000 §19.8] No stream reaches 2^62 bytes.
      if (stream->offset > base::varint_max - stream->data.size()) {
        return transport_error(ErrorCode::flow_control_error, "stream data beyond 2^62", *type);
      }
      return Frame(*stream);
    }
  } else if (*type == to_u64(FrameType::padding)) {
    return Frame(decode_padding(reader_));
  } else {
    const bool is_core = *type <= to_u64(FrameType::handshake_done);
    const auto known = static_cast<FrameType>(*type);
    if (auto frame = is_core ? decode_core(known, reader_) : decode_extension(known, reader_)) return frame;
  }
  // [quic.md 11] Unknown types and truncated or malformed frames.
  return transport_error(ErrorCode::frame_encoding_error, "unknown or malformed frame", *type);
}

}  // namespace iroh::quic
