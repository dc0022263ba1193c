// SPDX-License-Identifier: MIT OR Apache-2.0
// Fuzz bodies for what QUIC reads from the network: headers before any key is needed, frames and transport parameters
// from a peer that is authenticated but hostile.
#pragma once

#include <cstdint>
#include <span>

namespace iroh::fuzz {

/// Cuts the input into packets as a datagram is cut.
void fuzz_quic_packet_header(std::span<const std::uint8_t> input);
/// Parses the input as the payload of a packet; every frame must survive being written and read again.
void fuzz_quic_frames(std::span<const std::uint8_t> input);
/// Decodes the input as either side's parameters; what is accepted must survive being encoded and decoded again.
void fuzz_transport_parameters(std::span<const std::uint8_t> input);

}  // namespace iroh::fuzz
