// SPDX-License-Identifier: MIT OR Apache-2.0
// Packet headers: cutting a datagram into packets as far as no keys are needed, and writing headers.
// Parsed views point into the datagram. [RFC 8999], [RFC 9000 §17], [quic.md §6.2]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/byte_writer.hpp"
#include "base/random.hpp"
#include "quic/types.hpp"
#include "quic/wire/version.hpp"

namespace iroh::quic {

// ---- parsing

/// What every version of QUIC has in its long headers. [RFC 8999 §5.1]
struct InvariantHeader {
  std::uint32_t version = 0;
  ByteSpan dcid;  ///< up to 255 bytes
  ByteSpan scid;  ///< up to 255 bytes
};

/// [RFC 8999 §5] The form bit, which is never protected.
inline constexpr std::uint8_t long_header_bit = 0x80;
inline bool has_long_header(ByteSpan packet) noexcept {
  return (std::to_integer<std::uint8_t>(packet[0]) & long_header_bit) != 0;
}

/// Nothing for short headers and for truncated ones.
std::optional<InvariantHeader> parse_invariant_header(ByteSpan datagram) noexcept;

enum class PacketType : std::uint8_t { initial, zero_rtt, handshake, retry, one_rtt, version_negotiation };

/// The part of a packet that can be read before header protection is removed.
struct ParsedPacket {
  using Type = PacketType;

  Type type = Type::one_rtt;
  std::uint8_t first_byte = 0;  ///< still protected, but for the header form, the fixed bit and the long packet type
  std::uint32_t version = 0;    ///< long headers
  ConnectionId dcid;
  ConnectionId scid;            ///< long headers
  ByteSpan token;               ///< Initial and Retry
  ByteSpan integrity_tag;       ///< Retry: the last 16 bytes
  ByteSpan supported_versions;  ///< Version Negotiation: 4 bytes each
  std::size_t pn_offset = 0;    ///< of the packet number, from the packet's start; 0 if the type has none
  std::size_t size = 0;         ///< of the whole packet

  /// [quic.md 28] Clear only if the sender greases it; packets with 0 are dropped unless we invited that.
  bool has_fixed_bit() const noexcept { return (first_byte & 0x40) != 0; }
};

/// The first packet in what is left of a datagram. Nothing if it cannot be understood: unknown version (see
/// parse_invariant_header()), id of more than 20 bytes, truncated; then the rest of the datagram is to be dropped.
/// A packet may be too short to be opened: sample_at() tells.
std::optional<ParsedPacket> parse_packet(ByteSpan datagram_rest, std::size_t local_cid_size) noexcept;

/// Looks through the list of a Version Negotiation packet.
bool lists_version(ByteSpan supported_versions, std::uint32_t version) noexcept;

// ---- the first byte once header protection is removed

/// [RFC 9000 §17.2] [RFC 9000 §17.3.1] If not: PROTOCOL_VIOLATION, after authentication.
constexpr bool has_zero_reserved_bits(std::uint8_t first_byte) noexcept {
  return (first_byte & ((first_byte & 0x80) != 0 ? 0x0c : 0x18)) == 0;
}
constexpr bool spin_bit_of(std::uint8_t first_byte) noexcept {
  return (first_byte & 0x20) != 0;
}
constexpr bool key_phase_bit_of(std::uint8_t first_byte) noexcept {
  return (first_byte & 0x04) != 0;
}

// ---- writing

struct LongHeader {
  PacketType type = PacketType::initial;  ///< initial, zero_rtt or handshake
  std::uint32_t version = version_1;
  ConnectionId dcid;
  ConnectionId scid;
  ByteSpan token;         ///< Initial only
  bool fixed_bit = true;  ///< [quic.md 29] false only if the peer sent grease_quic_bit
};

std::size_t long_header_size(const LongHeader& header, std::size_t pn_size) noexcept;
/// Header and packet number. length_field_offset, out: where the 2-byte Length stands, from the packet's start.
void write_long_header(base::ByteWriter& writer, const LongHeader& header, PacketNumber number, std::size_t pn_size,
                       std::size_t& length_field_offset) noexcept;
/// value: bytes from the packet number to the end of the tag; below 2^14. [RFC 9000 §17.2]
void patch_length(MutableByteSpan packet, std::size_t length_field_offset, std::size_t value) noexcept;

constexpr std::size_t short_header_size(std::size_t dcid_size, std::size_t pn_size) noexcept {
  return 1 + dcid_size + pn_size;
}
void write_short_header(base::ByteWriter& writer, const ConnectionId& dcid, bool spin, bool key_phase, bool fixed_bit,
                        PacketNumber number, std::size_t pn_size) noexcept;

/// The answer to a long header of unknown version, whose ids (as received) are given. [RFC 9000 §17.2.1], [quic.md
/// §6.1]
std::vector<std::byte> make_version_negotiation(base::Random& random, ByteSpan received_dcid, ByteSpan received_scid,
                                                std::uint32_t received_version = 0);

/// All of a Retry packet but its integrity tag; see append_retry_tag(). [RFC 9000 §17.2.5]
std::vector<std::byte> make_retry_without_tag(base::Random& random, const ConnectionId& dcid, const ConnectionId& scid,
                                              ByteSpan token);

}  // namespace iroh::quic
