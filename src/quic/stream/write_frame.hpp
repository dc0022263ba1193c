// SPDX-License-Identifier: MIT OR Apache-2.0
// Puts one whole frame into a packet, if it fits.
#pragma once

#include "base/byte_writer.hpp"
#include "quic/space/sent_frame.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

/// For ack-eliciting frames; the frame's header declares encode() and encoded_size(). False if it does not fit. Probing
/// frames keep a packet probing. [quic.md §3.3]
template <class Frame>
bool write_frame(PacketWriter& packet, const Frame& frame, const SentFrame& record, bool is_probing = false) {
  const std::size_t size = encoded_size(frame);
  if (size > packet.remaining()) return false;
  base::ByteWriter writer(packet.reserve(size));
  encode(writer, frame);
  packet.record(record);
  packet.set_ack_eliciting();
  if (!is_probing) packet.set_non_probing();
  return true;
}

}  // namespace iroh::quic
