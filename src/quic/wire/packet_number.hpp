// SPDX-License-Identifier: MIT OR Apache-2.0
// Packet numbers travel truncated to 1 to 4 bytes. [RFC 9000 §17.1]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "quic/types.hpp"

namespace iroh::quic {

/// [quic.md §6.2] The smallest of 1 to 4 bytes that covers twice the distance to the largest acknowledged number.
std::size_t packet_number_size(PacketNumber number, std::optional<PacketNumber> largest_acked) noexcept;

/// [RFC 9000 §A.3] The number nearest to the expected one (the largest received plus 1) with these low bytes.
PacketNumber expand_packet_number(std::uint64_t truncated, std::size_t size, PacketNumber expected_next) noexcept;

}  // namespace iroh::quic
