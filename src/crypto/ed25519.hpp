// SPDX-License-Identifier: MIT OR Apache-2.0
// Ed25519 as iroh uses it: any 32 bytes are a seed, points are taken verbatim, signatures are judged strictly.
// [RFC 8032], [endpoint.md §1.1], [endpoint.md §1.2]
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/byte_span.hpp"

namespace iroh::crypto {

inline constexpr std::size_t ed25519_key_size = 32;
inline constexpr std::size_t ed25519_signature_size = 64;

using Ed25519Key = std::array<std::byte, ed25519_key_size>;
using Ed25519Signature = std::array<std::byte, ed25519_signature_size>;
using Ed25519KeySpan = std::span<const std::byte, ed25519_key_size>;
using Ed25519SignatureSpan = std::span<const std::byte, ed25519_signature_size>;

Ed25519Key ed25519_public_key(Ed25519KeySpan seed);

/// public_key must belong to seed: a wrong one would give away the secret.
Ed25519Signature ed25519_sign(Ed25519KeySpan seed, Ed25519KeySpan public_key, base::ByteSpan message);

/// False if S is not below L, if A or R has small order, or if the recomputed R differs in any byte. [endpoint.md §1.2]
bool ed25519_verify_strict(Ed25519KeySpan public_key, base::ByteSpan message, Ed25519SignatureSpan signature);

/// True if the bytes decompress to a point of the curve. y is reduced modulo p, x = 0 may carry a sign, small orders
/// count: laxer than RFC 8032, exactly as lax as iroh. [endpoint.md §1.2]
bool ed25519_is_valid_point(Ed25519KeySpan encoded);

/// True if the bytes encode, canonically or not, one of the eight points whose order divides 8.
bool ed25519_has_small_order(Ed25519KeySpan encoded);

}  // namespace iroh::crypto
