// SPDX-License-Identifier: MIT OR Apache-2.0
// What packet_cipher.cpp and the backends share. A backend is one file below this folder; nothing else in the project
// includes the header of its library for packet protection.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>

#include "crypto/packet_cipher.hpp"

namespace iroh::crypto {

/// Each returns the backend of the process, or null if it was not built or the processor lacks what it needs.
const PacketCipherBackend* ipsec_mb_backend();
const PacketCipherBackend* gnutls_backend();
const PacketCipherBackend* openssl_backend();

/// Header protection is the same for all backends: one block a packet, for which nettle has the cheapest call.
std::unique_ptr<HeaderKey> make_nettle_header_key(CipherSuite suite, base::ByteSpan key);

/// Seals and opens a packet with every form of the interface and compares with nettle, an implementation of its own.
bool passes_self_check(const PacketCipherBackend& backend, CipherSuite suite);

/// Constant-time. [tls-and-crypto.md trap 7]
inline bool tags_equal(const std::byte* left, const std::byte* right) noexcept {
  std::uint64_t a[2];
  std::uint64_t b[2];
  static_assert(sizeof a == tag_size);
  std::memcpy(a, left, tag_size);
  std::memcpy(b, right, tag_size);
  return ((a[0] ^ b[0]) | (a[1] ^ b[1])) == 0;
}

}  // namespace iroh::crypto
