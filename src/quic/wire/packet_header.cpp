// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/wire/packet_header.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "base/byte_reader.hpp"
#include "base/varint.hpp"

namespace iroh::quic {
namespace {

constexpr std::uint8_t fixed_bit_mask = 0x40;
constexpr std::size_t length_field_size = 2;  // [quic.md §6.2] always written in two bytes

/// [RFC 8999 §5.1] One byte of length, then the id.
std::optional<ByteSpan> read_cid_bytes(base::ByteReader& reader) noexcept {
  const auto size = reader.u8();
  return size ? reader.bytes(*size) : std::nullopt;
}

/// [RFC 9000 §17.2] Version 1 knows ids of up to 20 bytes.
bool read_cid(base::ByteReader& reader, ConnectionId& cid) noexcept {
  const auto bytes = read_cid_bytes(reader);
  if (!bytes || bytes->size() > ConnectionId::max_size) return false;
  cid = ConnectionId(*bytes);
  return true;
}

std::optional<ParsedPacket> parse_short(ByteSpan datagram, std::size_t local_cid_size) noexcept {
  if (datagram.size() < 1 + local_cid_size) return std::nullopt;
  ParsedPacket packet;
  packet.first_byte = std::to_integer<std::uint8_t>(datagram[0]);
  packet.dcid = ConnectionId(datagram.subspan(1, local_cid_size));
  packet.pn_offset = 1 + local_cid_size;
  packet.size = datagram.size();  // [RFC 9000 §12.2] without a length it extends to the end of the datagram
  return packet;
}

/// [RFC 9000 §17.2.1] The list fills the rest of the datagram.
bool parse_version_negotiation(base::ByteReader& reader, ParsedPacket& packet) noexcept {
  packet.type = PacketType::version_negotiation;
  packet.supported_versions = reader.rest();
  return !packet.supported_versions.empty() && packet.supported_versions.size() % sizeof(std::uint32_t) == 0;
}

/// [RFC 9000 §17.2.5] Token and tag fill the rest of the datagram.
bool parse_retry(base::ByteReader& reader, ParsedPacket& packet) noexcept {
  const ByteSpan rest = reader.rest();
  if (rest.size() < aead_tag_size) return false;
  packet.token = rest.first(rest.size() - aead_tag_size);
  packet.integrity_tag = rest.last(aead_tag_size);
  return true;
}

/// [RFC 9000 §17.2] Token (Initial only) and Length; the packet number is still protected. Sets pn_offset and size.
bool parse_protected(base::ByteReader& reader, ParsedPacket& packet) noexcept {
  if (packet.type == PacketType::initial) {
    const auto token = reader.varint_bytes();
    if (!token) return false;
    packet.token = *token;
  }
  const auto length = reader.varint();  // [quic.md 30] of any size
  if (!length || *length > reader.remaining()) return false;
  packet.pn_offset = reader.position();
  packet.size = packet.pn_offset + static_cast<std::size_t>(*length);
  return true;
}

constexpr std::array long_packet_types{PacketType::initial, PacketType::zero_rtt, PacketType::handshake,
                                       PacketType::retry};

std::optional<ParsedPacket> parse_long(ByteSpan datagram) noexcept {
  base::ByteReader reader(datagram);
  ParsedPacket packet;
  const auto first_byte = reader.u8();
  const auto version = reader.u32();
  if (!first_byte || !version) return std::nullopt;
  packet.first_byte = *first_byte;
  packet.version = *version;
  if (*version != version_negotiation_version && !is_supported(*version)) return std::nullopt;
  if (!read_cid(reader, packet.dcid) || !read_cid(reader, packet.scid)) return std::nullopt;
  packet.size = datagram.size();
  if (*version == version_negotiation_version) {
    return parse_version_negotiation(reader, packet) ? std::optional(packet) : std::nullopt;
  }
  packet.type = long_packet_types[(*first_byte >> 4) & 0x03u];
  const bool is_complete =
      packet.type == PacketType::retry ? parse_retry(reader, packet) : parse_protected(reader, packet);
  return is_complete ? std::optional(packet) : std::nullopt;
}

void write_packet_number(base::ByteWriter& writer, PacketNumber number, std::size_t pn_size) noexcept {
  for (std::size_t i = pn_size; i-- > 0;) writer.u8(static_cast<std::uint8_t>(number >> (8 * i)));
}

void write_cid(base::ByteWriter& writer, ByteSpan cid) noexcept {
  writer.u8(static_cast<std::uint8_t>(cid.size()));
  writer.bytes(cid);
}

std::uint8_t long_type_bits(PacketType type) noexcept {
  const auto at = std::ranges::find(long_packet_types, type);
  IROH_ASSERT(at != long_packet_types.end());
  return static_cast<std::uint8_t>((at - long_packet_types.begin()) << 4);
}

}  // namespace

std::optional<InvariantHeader> parse_invariant_header(ByteSpan datagram) noexcept {
  base::ByteReader reader(datagram);
  const auto first_byte = reader.u8();
  if (!first_byte || (*first_byte & long_header_bit) == 0) return std::nullopt;
  const auto version = reader.u32();
  const auto dcid = read_cid_bytes(reader);
  const auto scid = dcid ? read_cid_bytes(reader) : std::nullopt;
  if (!version || !scid) return std::nullopt;
  return InvariantHeader{*version, *dcid, *scid};
}

std::optional<ParsedPacket> parse_packet(ByteSpan datagram_rest, std::size_t local_cid_size) noexcept {
  if (datagram_rest.empty()) return std::nullopt;
  const bool is_long = (std::to_integer<std::uint8_t>(datagram_rest[0]) & long_header_bit) != 0;
  return is_long ? parse_long(datagram_rest) : parse_short(datagram_rest, local_cid_size);
}

bool lists_version(ByteSpan supported_versions, std::uint32_t version) noexcept {
  base::ByteReader reader(supported_versions);
  while (const auto listed = reader.u32()) {
    if (*listed == version) return true;
  }
  return false;
}

std::size_t long_header_size(const LongHeader& header, std::size_t pn_size) noexcept {
  const std::size_t token_size =
      header.type == PacketType::initial ? base::varint_size(header.token.size()) + header.token.size() : 0;
  return 1 + sizeof(std::uint32_t) + 1 + header.dcid.size() + 1 + header.scid.size() + token_size + length_field_size +
         pn_size;
}

void write_long_header(base::ByteWriter& writer, const LongHeader& header, PacketNumber number, std::size_t pn_size,
                       std::size_t& length_field_offset) noexcept {
  IROH_ASSERT(pn_size >= 1 && pn_size <= 4 && header.type != PacketType::retry);
  const std::size_t start = writer.position();
  writer.u8(static_cast<std::uint8_t>(long_header_bit | (header.fixed_bit ? fixed_bit_mask : 0) |
                                      long_type_bits(header.type) | (pn_size - 1)));
  writer.u32(header.version);
  write_cid(writer, header.dcid.bytes());
  write_cid(writer, header.scid.bytes());
  if (header.type == PacketType::initial) {
    writer.varint(header.token.size());
    writer.bytes(header.token);
  }
  length_field_offset = writer.position() - start;
  writer.varint_2_bytes(0);
  write_packet_number(writer, number, pn_size);
}

void patch_length(MutableByteSpan packet, std::size_t length_field_offset, std::size_t value) noexcept {
  IROH_ASSERT(length_field_offset + length_field_size <= packet.size());
  base::ByteWriter writer(packet.subspan(length_field_offset, length_field_size));
  writer.varint_2_bytes(value);
}

void write_short_header(base::ByteWriter& writer, const ConnectionId& dcid, bool spin, bool key_phase, bool fixed_bit,
                        PacketNumber number, std::size_t pn_size) noexcept {
  IROH_ASSERT(pn_size >= 1 && pn_size <= 4);
  // [RFC 9000 §17.3.1]
  writer.u8(static_cast<std::uint8_t>((fixed_bit ? fixed_bit_mask : 0) | (spin ? 0x20 : 0) | (key_phase ? 0x04 : 0) |
                                      (pn_size - 1)));
  writer.bytes(dcid.bytes());
  write_packet_number(writer, number, pn_size);
}

std::vector<std::byte> make_version_negotiation(base::Random& random, ByteSpan received_dcid, ByteSpan received_scid,
                                                std::uint32_t received_version) {
  // [quic.md §6.1] One reserved version keeps clients from relying on the list; never the one that was asked for.
  constexpr std::uint32_t reserved_version = 0x0a1a2a3a;
  constexpr std::uint32_t other_reserved_version = 0x0a1a2a4a;
  std::vector<std::byte> packet(1 + 4 + 1 + received_scid.size() + 1 + received_dcid.size() + 2 * 4);
  base::ByteWriter writer(packet);
  const auto random_bits = static_cast<std::uint8_t>(random.next_u64());
  writer.u8(static_cast<std::uint8_t>(long_header_bit | fixed_bit_mask | random_bits));
  writer.u32(version_negotiation_version);
  write_cid(writer, received_scid);  // the ids change places
  write_cid(writer, received_dcid);
  writer.u32(received_version == reserved_version ? other_reserved_version : reserved_version);
  writer.u32(version_1);
  return packet;
}

std::vector<std::byte> make_retry_without_tag(base::Random& random, const ConnectionId& dcid, const ConnectionId& scid,
                                              ByteSpan token) {
  std::vector<std::byte> packet(1 + 4 + 1 + dcid.size() + 1 + scid.size() + token.size());
  base::ByteWriter writer(packet);
  const auto unused_bits = static_cast<std::uint8_t>(random.next_u64() & 0x0fu);
  writer.u8(
      static_cast<std::uint8_t>(long_header_bit | fixed_bit_mask | long_type_bits(PacketType::retry) | unused_bits));
  writer.u32(version_1);
  write_cid(writer, dcid.bytes());
  write_cid(writer, scid.bytes());
  writer.bytes(token);
  return packet;
}

}  // namespace iroh::quic
