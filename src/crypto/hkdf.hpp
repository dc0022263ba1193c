// SPDX-License-Identifier: MIT OR Apache-2.0
// HKDF, and HKDF-Expand-Label of TLS 1.3, from which QUIC derives its packet keys. [RFC 5869], [RFC 8446 §7.1]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/byte_span.hpp"
#include "crypto/cipher_suite.hpp"

namespace iroh::crypto {

enum class HashAlgorithm : std::uint8_t { sha256, sha384 };

/// The hash of the suite's key schedule.
constexpr HashAlgorithm hash_of(CipherSuite suite) noexcept {
  return suite == CipherSuite::aes_256_gcm_sha384 ? HashAlgorithm::sha384 : HashAlgorithm::sha256;
}
constexpr std::size_t hash_size(HashAlgorithm hash) noexcept {
  return hash == HashAlgorithm::sha384 ? 48 : 32;
}

/// [RFC 5869 §2.2] Returns hash_size(hash) bytes.
std::vector<std::byte> hkdf_extract(HashAlgorithm hash, base::ByteSpan salt, base::ByteSpan ikm);

/// [RFC 5869 §2.3] size must not exceed 255 * hash_size(hash).
std::vector<std::byte> hkdf_expand(HashAlgorithm hash, base::ByteSpan prk, base::ByteSpan info, std::size_t size);

/// [RFC 8446 §7.1] label comes without the "tls13 " prefix and holds at most 249 bytes; context at most 255.
std::vector<std::byte> hkdf_expand_label(HashAlgorithm hash, base::ByteSpan secret, std::string_view label,
                                         base::ByteSpan context, std::size_t size);

}  // namespace iroh::crypto
