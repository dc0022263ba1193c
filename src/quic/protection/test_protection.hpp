// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests: protects and opens single packets in the order of operations that RFC 9001 prescribes.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/hex.hpp"
#include "quic/protection/header_protection.hpp"
#include "quic/protection/packet_keys.hpp"
#include "quic/wire/packet_number.hpp"

namespace iroh::quic {

inline std::vector<std::byte> bytes_from_hex(std::string_view text) {
  return base::from_hex(text).value();
}

inline std::vector<std::byte> seal_payload(crypto::AeadKey& key, const PacketIv& iv, PathId path, PacketNumber number,
                                           ByteSpan header, ByteSpan payload) {
  std::vector<std::byte> sealed(payload.size() + aead_tag_size);
  const crypto::SealJob::Run run{payload.data(), payload.size()};
  const crypto::SealJob job{make_nonce(iv, path, number), header, {&run, 1}, sealed.data()};
  key.seal({&job, 1});
  return sealed;
}

inline bool open_payload(crypto::AeadKey& key, const PacketIv& iv, PathId path, PacketNumber number, ByteSpan header,
                         MutableByteSpan sealed) {
  crypto::OpenJob job{make_nonce(iv, path, number), header, sealed};
  key.open({&job, 1});
  return job.ok;
}

inline crypto::HeaderMask mask_of(crypto::HeaderKey& key, const crypto::HeaderSample& sample) {
  crypto::HeaderMask mask{};
  key.masks({&sample, 1}, {&mask, 1});
  return mask;
}

/// header ends with a packet number of pn_size bytes.
inline std::vector<std::byte> protect(const DirectionKeys& keys, PathId path, PacketNumber number, ByteSpan header,
                                      std::size_t pn_size, ByteSpan payload) {
  std::vector<std::byte> packet(header.begin(), header.end());
  const auto sealed = seal_payload(*keys.aead, keys.iv, path, number, header, payload);
  packet.insert(packet.end(), sealed.begin(), sealed.end());
  const std::size_t pn_offset = header.size() - pn_size;
  apply_header_protection(packet, pn_offset, mask_of(*keys.header, sample_at(packet, pn_offset).value()));
  return packet;
}

struct OpenedTestPacket {
  UnprotectedHeader header;
  PacketNumber number;
  std::vector<std::byte> payload;
};

inline std::optional<OpenedTestPacket> unprotect(const DirectionKeys& keys, PathId path, PacketNumber expected_next,
                                                 std::size_t pn_offset, std::vector<std::byte> packet) {
  const auto sample = sample_at(packet, pn_offset);
  if (!sample) return std::nullopt;
  const auto header = remove_header_protection(packet, pn_offset, mask_of(*keys.header, *sample));
  const PacketNumber number = expand_packet_number(header.truncated_pn, header.pn_size, expected_next);
  const std::size_t header_size = pn_offset + header.pn_size;
  const MutableByteSpan sealed = MutableByteSpan(packet).subspan(header_size);
  if (!open_payload(*keys.aead, keys.iv, path, number, ByteSpan(packet).first(header_size), sealed))
    return std::nullopt;
  return OpenedTestPacket{header, number, {sealed.begin(), sealed.end() - aead_tag_size}};
}

}  // namespace iroh::quic
