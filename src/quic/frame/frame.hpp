// SPDX-License-Identifier: MIT OR Apache-2.0
// Any frame: the variant, the parser that turns a packet's payload into frames, and the rules about where frames may
// appear. Views in frames point into the payload. [RFC 9000 §12.4], [RFC 9000 §19], [quic.md §3]
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "base/byte_reader.hpp"
#include "quic/frame/ack_frame.hpp"
#include "quic/frame/ack_frequency_frame.hpp"
#include "quic/frame/address_frames.hpp"
#include "quic/frame/close_frame.hpp"
#include "quic/frame/connection_id_frames.hpp"
#include "quic/frame/crypto_frame.hpp"
#include "quic/frame/datagram_frame.hpp"
#include "quic/frame/flow_control_frames.hpp"
#include "quic/frame/frame_type.hpp"
#include "quic/frame/new_token_frame.hpp"
#include "quic/frame/path_frames.hpp"
#include "quic/frame/path_validation_frames.hpp"
#include "quic/frame/simple_frames.hpp"
#include "quic/frame/stream_control_frames.hpp"
#include "quic/frame/stream_frame.hpp"
#include "quic/transport_error.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

using Frame =
    std::variant<PaddingFrame, PingFrame, AckFrame, ResetStreamFrame, StopSendingFrame, CryptoFrame, NewTokenFrame,
                 StreamFrame, MaxDataFrame, MaxStreamDataFrame, MaxStreamsFrame, DataBlockedFrame,
                 StreamDataBlockedFrame, StreamsBlockedFrame, NewConnectionIdFrame, RetireConnectionIdFrame,
                 PathChallengeFrame, PathResponseFrame, ConnectionCloseFrame, HandshakeDoneFrame, ImmediateAckFrame,
                 DatagramFrame, AckFrequencyFrame, PathAbandonFrame, PathStatusFrame, MaxPathIdFrame, PathsBlockedFrame,
                 PathCidsBlockedFrame, ObservedAddressFrame, AddAddressFrame, ReachOutFrame, RemoveAddressFrame>;

class FrameParser {
 public:
  explicit FrameParser(ByteSpan payload) noexcept : reader_(payload) {}

  /// The next frame, or nothing at the end. A run of PADDING comes as one frame. After an error nothing more can be
  /// read. FRAME_ENCODING_ERROR with the frame's type: unknown, truncated or malformed; FLOW_CONTROL_ERROR: stream data
  /// beyond 2^62 - 1; PROTOCOL_VIOLATION: the payload has no frame at all.
  TransportResult<std::optional<Frame>> next();

  /// Type code of the frame returned last, or of the offending one.
  std::uint64_t frame_type() const noexcept { return frame_type_; }

 private:
  base::ByteReader reader_;
  std::uint64_t frame_type_ = 0;
};

/// [RFC 9000 §13.2] All but PADDING, ACK, PATH_ACK and CONNECTION_CLOSE.
bool is_ack_eliciting(const Frame& frame) noexcept;
/// A packet of nothing but these does not show that the peer has moved. [RFC 9000 §9.1], [quic.md §3.3]
bool is_probing(const Frame& frame) noexcept;
/// If not: PROTOCOL_VIOLATION. What depends on negotiation or role is for others to check. [quic.md §3.3]
bool is_allowed(const Frame& frame, EncryptionLevel level) noexcept;

std::size_t encoded_size(const Frame& frame) noexcept;
void encode(base::ByteWriter& writer, const Frame& frame) noexcept;

}  // namespace iroh::quic
