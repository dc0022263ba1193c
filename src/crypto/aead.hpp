// SPDX-License-Identifier: MIT OR Apache-2.0
// One-shot AES-128-GCM for the few things sealed apart from packets: Retry integrity tags and address-validation
// tokens. Packets go through packet_cipher.hpp. [RFC 9001 §5.8], [RFC 9000 §8.1.4]
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/byte_span.hpp"

namespace iroh::crypto {

using Aes128KeySpan = std::span<const std::byte, 16>;
using GcmNonceSpan = std::span<const std::byte, 12>;

/// Ciphertext and 16-byte tag.
std::vector<std::byte> aes_128_gcm_seal(Aes128KeySpan key, GcmNonceSpan nonce, base::ByteSpan aad,
                                        base::ByteSpan plaintext);

/// The plaintext, or nothing if the tag does not fit.
std::optional<std::vector<std::byte>> aes_128_gcm_open(Aes128KeySpan key, GcmNonceSpan nonce, base::ByteSpan aad,
                                                       base::ByteSpan sealed);

}  // namespace iroh::crypto
