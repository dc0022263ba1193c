// SPDX-License-Identifier: MIT OR Apache-2.0
// Header protection, apart from computing masks: collect the samples of a batch with sample_at(), have
// crypto::HeaderKey compute all masks in one call, then apply or remove them. [RFC 9001 §5.4]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "crypto/packet_cipher.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

/// The 16 bytes that stand 4 bytes after the start of the packet number. Nothing if the packet is too short: it cannot
/// be opened and is dropped. packet is exactly one packet. [RFC 9001 §5.4.2]
std::optional<crypto::HeaderSample> sample_at(ByteSpan packet, std::size_t pn_offset) noexcept;

/// Protects a header whose packet number has the length that its first byte states.
void apply_header_protection(MutableByteSpan packet, std::size_t pn_offset, const crypto::HeaderMask& mask) noexcept;

struct UnprotectedHeader {
  std::uint8_t first_byte = 0;
  std::size_t pn_size = 0;
  std::uint64_t truncated_pn = 0;  ///< for expand_packet_number()
};

/// Restores first byte and packet number in place. The packet must be one that sample_at() accepted.
UnprotectedHeader remove_header_protection(MutableByteSpan packet, std::size_t pn_offset,
                                           const crypto::HeaderMask& mask) noexcept;

}  // namespace iroh::quic
