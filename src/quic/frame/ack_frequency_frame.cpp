// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/ack_frequency_frame.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {
namespace {

template <class Sink>
void put(Sink& out, const AckFrequencyFrame& frame) noexcept {
  put_type(out, FrameType::ack_frequency);
  out.varint(frame.sequence);
  out.varint(frame.ack_eliciting_threshold);
  out.varint(frame.requested_max_ack_delay_us);
  out.varint(frame.reordering_threshold);
}

}  // namespace

std::size_t encoded_size(const AckFrequencyFrame& frame) noexcept {
  return size_of([&](auto& out) { put(out, frame); });
}

void encode(base::ByteWriter& writer, const AckFrequencyFrame& frame) noexcept {
  put(writer, frame);
}

std::optional<AckFrequencyFrame> decode_ack_frequency(base::ByteReader& reader) noexcept {
  AckFrequencyFrame frame;
  if (!read_varints(reader, frame.sequence, frame.ack_eliciting_threshold, frame.requested_max_ack_delay_us,
                    frame.reordering_threshold)) {
    return std::nullopt;
  }
  return frame;
}

}  // namespace iroh::quic
