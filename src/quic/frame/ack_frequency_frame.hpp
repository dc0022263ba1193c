// SPDX-License-Identifier: MIT OR Apache-2.0
// ACK_FREQUENCY: how often the sender wants to be acknowledged. [ack-frequency §4], [quic.md §3.2]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"

namespace iroh::quic {

struct AckFrequencyFrame {
  std::uint64_t sequence = 0;
  std::uint64_t ack_eliciting_threshold = 0;
  std::uint64_t requested_max_ack_delay_us = 0;
  std::uint64_t reordering_threshold = 0;
  friend bool operator==(const AckFrequencyFrame&, const AckFrequencyFrame&) = default;
};

std::size_t encoded_size(const AckFrequencyFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const AckFrequencyFrame& frame) noexcept;
std::optional<AckFrequencyFrame> decode_ack_frequency(base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
