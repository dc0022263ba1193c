// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/protection/retry_tag.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/assert.hpp"
#include "crypto/aead.hpp"

namespace iroh::quic {
namespace {

// [RFC 9001 §5.8] Key and nonce of version 1. They are public: the tag guards against accidents and off-path attackers.
constexpr std::array<std::uint8_t, 16> retry_key{0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a,
                                                 0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68, 0xc8, 0x4e};
constexpr std::array<std::uint8_t, 12> retry_nonce{0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63,
                                                   0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb};

}  // namespace

RetryTag compute_retry_tag(ByteSpan retry_without_tag, const ConnectionId& original_dcid) {
  // [RFC 9001 §5.8] The pseudo-packet: length and bytes of the original id, then the packet.
  std::vector<std::byte> pseudo_packet;
  pseudo_packet.reserve(1 + original_dcid.size() + retry_without_tag.size());
  pseudo_packet.push_back(static_cast<std::byte>(original_dcid.size()));
  const ByteSpan id = original_dcid.bytes();
  pseudo_packet.insert(pseudo_packet.end(), id.begin(), id.end());
  pseudo_packet.insert(pseudo_packet.end(), retry_without_tag.begin(), retry_without_tag.end());
  const auto sealed = crypto::aes_128_gcm_seal(std::as_bytes(std::span(retry_key)),
                                               std::as_bytes(std::span(retry_nonce)), pseudo_packet, {});
  RetryTag tag;
  IROH_ASSERT(sealed.size() == tag.size());
  std::ranges::copy(sealed, tag.begin());
  return tag;
}

void append_retry_tag(std::vector<std::byte>& retry_without_tag, const ConnectionId& original_dcid) {
  const RetryTag tag = compute_retry_tag(retry_without_tag, original_dcid);
  retry_without_tag.insert(retry_without_tag.end(), tag.begin(), tag.end());
}

bool is_retry_tag_valid(ByteSpan retry, const ConnectionId& original_dcid) {
  if (retry.size() < aead_tag_size) return false;
  const RetryTag tag = compute_retry_tag(retry.first(retry.size() - aead_tag_size), original_dcid);
  return base::equal(tag, retry.last(aead_tag_size));
}

}  // namespace iroh::quic
