// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/protection/packet_keys.hpp"

#include <algorithm>
#include <string_view>

#include "crypto/hkdf.hpp"
#include "crypto/system_random.hpp"

namespace iroh::quic {
namespace {

std::vector<std::byte> expand(crypto::CipherSuite suite, ByteSpan secret, std::string_view label, std::size_t size) {
  return crypto::hkdf_expand_label(crypto::hash_of(suite), secret, label, {}, size);
}

}  // namespace

DirectionKeys derive_direction_keys_without_header(crypto::CipherSuite suite, ByteSpan secret) {
  const auto& backend = crypto::packet_cipher_backend(suite);
  DirectionKeys keys;
  auto key = expand(suite, secret, "quic key", crypto::key_size(suite));
  keys.aead = backend.make_aead_key(suite, key);
  crypto::wipe(key);
  std::ranges::copy(expand(suite, secret, "quic iv", keys.iv.size()), keys.iv.begin());
  return keys;
}

DirectionKeys derive_direction_keys(crypto::CipherSuite suite, ByteSpan secret) {
  DirectionKeys keys = derive_direction_keys_without_header(suite, secret);
  const auto& backend = crypto::packet_cipher_backend(suite);
  auto key = expand(suite, secret, "quic hp", crypto::key_size(suite));
  keys.header = backend.make_header_key(suite, key);
  crypto::wipe(key);
  return keys;
}

std::vector<std::byte> derive_next_secret(crypto::CipherSuite suite, ByteSpan secret) {
  return expand(suite, secret, "quic ku", crypto::secret_size(suite));
}

crypto::Nonce make_nonce(const PacketIv& iv, PathId path, PacketNumber number) noexcept {
  crypto::Nonce nonce = iv;
  // [quic.md 21] [multipath-21 §2.4] 32 bits of path id, then 64 bits of packet number.
  constexpr std::size_t path_size = 4;
  for (std::size_t i = 0; i < path_size; ++i) {
    nonce[i] ^= static_cast<std::byte>(to_u32(path) >> (8 * (path_size - 1 - i)));
  }
  for (std::size_t i = path_size; i < nonce.size(); ++i) {
    nonce[i] ^= static_cast<std::byte>(number >> (8 * (nonce.size() - 1 - i)));
  }
  return nonce;
}

}  // namespace iroh::quic
