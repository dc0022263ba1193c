// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/protection/initial_keys.hpp"

#include <array>
#include <span>

#include "crypto/hkdf.hpp"

namespace iroh::quic {
namespace {

/// [RFC 9001 §5.2] Of version 1.
constexpr std::array<std::uint8_t, 20> initial_salt{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                                    0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};

}  // namespace

InitialSecrets derive_initial_secrets(const ConnectionId& client_dcid) {
  constexpr auto hash = crypto::HashAlgorithm::sha256;
  const auto initial = crypto::hkdf_extract(hash, std::as_bytes(std::span(initial_salt)), client_dcid.bytes());
  const std::size_t size = crypto::hash_size(hash);
  return {crypto::hkdf_expand_label(hash, initial, "client in", {}, size),
          crypto::hkdf_expand_label(hash, initial, "server in", {}, size)};
}

ProtectionKeys make_initial_keys(const ConnectionId& client_dcid, Side side) {
  constexpr auto suite = crypto::CipherSuite::aes_128_gcm_sha256;
  const InitialSecrets secrets = derive_initial_secrets(client_dcid);
  ProtectionKeys keys;
  keys.seal = derive_direction_keys(suite, side == Side::client ? secrets.client : secrets.server);
  keys.open = derive_direction_keys(suite, side == Side::client ? secrets.server : secrets.client);
  return keys;
}

}  // namespace iroh::quic
