// SPDX-License-Identifier: MIT OR Apache-2.0
// The keys that a traffic secret stands for, and the nonce of each packet. [RFC 9001 §5.1], [RFC 9001 §5.3]
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "crypto/cipher_suite.hpp"
#include "crypto/packet_cipher.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

using PacketIv = std::array<std::byte, crypto::nonce_size>;

/// Keys of one direction at one encryption level.
struct DirectionKeys {
  std::unique_ptr<crypto::AeadKey> aead;
  std::unique_ptr<crypto::HeaderKey> header;
  PacketIv iv{};
};

/// Both directions of one encryption level. 0-RTT has one of them: a client seals, a server opens.
struct ProtectionKeys {
  DirectionKeys seal;
  DirectionKeys open;
};

/// Labels "quic key", "quic iv" and "quic hp". [RFC 9001 §5.1]
DirectionKeys derive_direction_keys(crypto::CipherSuite suite, ByteSpan secret);
/// The same without a header key, which stays through key updates. [RFC 9001 §6.1]
DirectionKeys derive_direction_keys_without_header(crypto::CipherSuite suite, ByteSpan secret);
/// Label "quic ku": the secret after a key update. [RFC 9001 §6.1]
std::vector<std::byte> derive_next_secret(crypto::CipherSuite suite, ByteSpan secret);

/// IV XOR (path id in 32 bits, packet number in 64 bits). Outside 1-RTT the path is path_zero, which makes it the nonce
/// of RFC 9001. [quic.md §4.4]
crypto::Nonce make_nonce(const PacketIv& iv, PathId path, PacketNumber number) noexcept;

}  // namespace iroh::quic
