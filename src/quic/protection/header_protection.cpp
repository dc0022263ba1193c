// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/protection/header_protection.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace iroh::quic {
namespace {

/// [RFC 9001 §5.4.2] The sample is taken as if the packet number had its greatest length.
constexpr std::size_t pn_size_max = 4;

/// [RFC 9001 §5.4.1] Bits of the first byte that are protected: 4 of long headers, 5 of short ones.
std::byte protected_bits(std::byte first_byte) noexcept {
  return (first_byte & std::byte{0x80}) != std::byte{0} ? std::byte{0x0f} : std::byte{0x1f};
}

std::size_t pn_size_of(std::byte first_byte) noexcept {
  return std::to_integer<std::size_t>(first_byte & std::byte{0x03}) + 1;
}

}  // namespace

std::optional<crypto::HeaderSample> sample_at(ByteSpan packet, std::size_t pn_offset) noexcept {
  if (packet.size() < pn_offset + pn_size_max + crypto::header_sample_size) return std::nullopt;
  crypto::HeaderSample sample;
  std::ranges::copy(packet.subspan(pn_offset + pn_size_max, sample.size()), sample.begin());
  return sample;
}

void apply_header_protection(MutableByteSpan packet, std::size_t pn_offset, const crypto::HeaderMask& mask) noexcept {
  IROH_DCHECK(packet.size() >= pn_offset + pn_size_max);
  const std::size_t pn_size = pn_size_of(packet[0]);
  packet[0] ^= mask[0] & protected_bits(packet[0]);
  for (std::size_t i = 0; i < pn_size; ++i) packet[pn_offset + i] ^= mask[1 + i];
}

UnprotectedHeader remove_header_protection(MutableByteSpan packet, std::size_t pn_offset,
                                           const crypto::HeaderMask& mask) noexcept {
  IROH_DCHECK(packet.size() >= pn_offset + pn_size_max);
  packet[0] ^= mask[0] & protected_bits(packet[0]);
  UnprotectedHeader header{std::to_integer<std::uint8_t>(packet[0]), pn_size_of(packet[0]), 0};
  for (std::size_t i = 0; i < header.pn_size; ++i) {
    packet[pn_offset + i] ^= mask[1 + i];
    header.truncated_pn = header.truncated_pn << 8 | std::to_integer<std::uint64_t>(packet[pn_offset + i]);
  }
  return header;
}

}  // namespace iroh::quic
