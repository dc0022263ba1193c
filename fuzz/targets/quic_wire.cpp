// SPDX-License-Identifier: MIT OR Apache-2.0
#include "fuzz/targets/quic_wire.hpp"

#include <vector>

#include "base/assert.hpp"
#include "base/random.hpp"
#include "quic/frame/frame.hpp"
#include "quic/protection/header_protection.hpp"
#include "quic/wire/packet_header.hpp"
#include "quic/wire/packet_number.hpp"
#include "quic/wire/transport_parameters.hpp"

namespace iroh::fuzz {
namespace {

using base::ByteSpan;

bool lies_within(ByteSpan part, ByteSpan whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_packet(const quic::ParsedPacket& packet, ByteSpan rest) {
  IROH_ASSERT(packet.size > 0 && packet.size <= rest.size() && packet.pn_offset <= packet.size);
  IROH_ASSERT(lies_within(packet.token, rest) && lies_within(packet.integrity_tag, rest));
  IROH_ASSERT(lies_within(packet.supported_versions, rest));
  if (packet.pn_offset == 0) return;
  std::vector<std::byte> copy(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(packet.size));
  const auto sample = quic::sample_at(copy, packet.pn_offset);
  if (!sample) return;
  // The input is its own mask: any five bytes are one.
  crypto::HeaderMask mask;
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = (*sample)[i];
  const auto header = quic::remove_header_protection(copy, packet.pn_offset, mask);
  const auto number = quic::expand_packet_number(header.truncated_pn, header.pn_size, 1000);
  IROH_ASSERT((number & ((std::uint64_t{1} << (8 * header.pn_size)) - 1)) == header.truncated_pn);
  quic::apply_header_protection(copy, packet.pn_offset, mask);
  IROH_ASSERT(base::equal(copy, rest.first(packet.size)));
}

/// What parsing has promised about ranges: they descend, with a gap between any two.
void check_ranges(const quic::Frame& frame) {
  const auto* ack = std::get_if<quic::AckFrame>(&frame);
  if (ack == nullptr) return;
  std::optional<quic::PnRange> above;
  ack->for_each_range([&](const quic::PnRange& range) {
    IROH_ASSERT(range.first <= range.last && (!above || range.last + 1 < above->first));
    above = range;
  });
}

}  // namespace

void fuzz_quic_packet_header(std::span<const std::uint8_t> input) {
  constexpr std::size_t local_cid_size = 8;
  ByteSpan rest = std::as_bytes(input);
  const auto invariant = quic::parse_invariant_header(rest);
  const auto first = quic::parse_packet(rest, local_cid_size);
  if (invariant) IROH_ASSERT(lies_within(invariant->dcid, rest) && lies_within(invariant->scid, rest));
  // Every packet with a long header that is understood also has the invariant part.
  if (first && first->type != quic::PacketType::one_rtt) {
    IROH_ASSERT(invariant && base::equal(invariant->dcid, first->dcid.bytes()));
  }
  while (const auto packet = quic::parse_packet(rest, local_cid_size)) {
    check_packet(*packet, rest);
    rest = rest.subspan(packet->size);
  }
}

void fuzz_quic_frames(std::span<const std::uint8_t> input) {
  quic::FrameParser parser(std::as_bytes(input));
  for (;;) {
    const auto frame = parser.next();
    if (!frame || !*frame) return;
    check_ranges(**frame);
    std::vector<std::byte> bytes(quic::encoded_size(**frame));
    base::ByteWriter writer(bytes);
    quic::encode(writer, **frame);
    IROH_ASSERT(writer.remaining() == 0);
    quic::FrameParser second(bytes);
    const auto again = second.next();
    IROH_ASSERT(again && *again && **again == **frame);
    for (const auto level : {quic::EncryptionLevel::initial, quic::EncryptionLevel::zero_rtt}) {
      IROH_ASSERT(!quic::is_allowed(**frame, level) || quic::is_allowed(**frame, quic::EncryptionLevel::one_rtt));
    }
  }
}

void fuzz_transport_parameters(std::span<const std::uint8_t> input) {
  for (const auto sender : {quic::Side::client, quic::Side::server}) {
    const auto decoded = quic::decode_transport_parameters(std::as_bytes(input), sender);
    if (!decoded) {
      IROH_ASSERT(decoded.error().code == quic::ErrorCode::transport_parameter_error);
      continue;
    }
    base::SeededRandom random(input.size());
    const auto again = quic::decode_transport_parameters(quic::encode(*decoded, sender, random), sender);
    IROH_ASSERT(again && *again == *decoded);
  }
}

}  // namespace iroh::fuzz
