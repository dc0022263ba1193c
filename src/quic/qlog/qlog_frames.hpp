// SPDX-License-Identifier: MIT OR Apache-2.0
// Frames as qlog describes them. Contents, tokens and reset tokens stay out: who reads a trace must not be able to
// take a connection over. [qlog-quic-events-12 §8.13], [observability.md §4]
#pragma once

#include <cstdint>

#include "quic/frame/frame.hpp"
#include "quic/qlog/json_writer.hpp"
#include "quic/space/sent_frame.hpp"

namespace iroh::quic {

/// One object, whole. ack_delay_exponent: of whoever sent the frame.
void describe(JsonWriter& out, const Frame& frame, std::uint64_t ack_delay_exponent);
/// As much as is known of a frame once its packet is gone.
void describe(JsonWriter& out, const SentFrame& record);

}  // namespace iroh::quic
