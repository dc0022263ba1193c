// SPDX-License-Identifier: MIT OR Apache-2.0
// The TLS 1.3 cipher suites that QUIC packets can be protected with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace iroh::crypto {

/// Values as in TLS. [RFC 8446 §B.4]
enum class CipherSuite : std::uint16_t {
  aes_128_gcm_sha256 = 0x1301,
  aes_256_gcm_sha384 = 0x1302,
  chacha20_poly1305_sha256 = 0x1303,
};

constexpr std::size_t key_size(CipherSuite suite) noexcept {
  return suite == CipherSuite::aes_128_gcm_sha256 ? 16 : 32;
}
constexpr std::size_t secret_size(CipherSuite suite) noexcept {
  return suite == CipherSuite::aes_256_gcm_sha384 ? 48 : 32;
}
constexpr std::string_view name(CipherSuite suite) noexcept {
  switch (suite) {
    case CipherSuite::aes_128_gcm_sha256:
      return "TLS_AES_128_GCM_SHA256";
    case CipherSuite::aes_256_gcm_sha384:
      return "TLS_AES_256_GCM_SHA384";
    case CipherSuite::chacha20_poly1305_sha256:
      return "TLS_CHACHA20_POLY1305_SHA256";
  }
  return "unknown";
}

}  // namespace iroh::crypto
