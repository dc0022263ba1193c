// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/ed25519.hpp"

#include <sodium.h>

#include <algorithm>

#include "crypto/ed25519_field.hpp"
#include "crypto/system_random.hpp"

namespace iroh::crypto {

using base::as_u8;

namespace {

// -121665 / 121666 modulo p, the constant of the curve -x^2 + y^2 = 1 + d x^2 y^2. [RFC 8032 §5.1]
constexpr std::array<std::uint8_t, 32> curve_d = {0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41,
                                                  0x41, 0x4d, 0x0a, 0x70, 0x00, 0x98, 0xe8, 0x79, 0x77, 0x79, 0x40,
                                                  0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52};

}  // namespace

Ed25519Key ed25519_public_key(Ed25519KeySpan seed) {
  Ed25519Key public_key;
  std::array<std::byte, crypto_sign_SECRETKEYBYTES> expanded;
  crypto_sign_seed_keypair(as_u8(public_key.data()), as_u8(expanded.data()), as_u8(seed.data()));
  wipe(expanded);
  return public_key;
}

Ed25519Signature ed25519_sign(Ed25519KeySpan seed, Ed25519KeySpan public_key, base::ByteSpan message) {
  // libsodium's secret key is the seed followed by the public key.
  std::array<std::byte, crypto_sign_SECRETKEYBYTES> expanded;
  std::ranges::copy(public_key, std::ranges::copy(seed, expanded.begin()).out);
  Ed25519Signature signature;
  crypto_sign_detached(as_u8(signature.data()), nullptr, as_u8(message.data()), message.size(), as_u8(expanded.data()));
  wipe(expanded);
  return signature;
}

bool ed25519_verify_strict(Ed25519KeySpan public_key, base::ByteSpan message, Ed25519SignatureSpan signature) {
  // libsodium 1.0.18 rejects S >= L, small-order A and R, and compares the bytes of the recomputed R. It also rejects
  // an A with y >= p; iroh does not, but nobody knows the secret of such a key unless its order is small. The checks on
  // small orders are ours as well, because a libsodium built with ED25519_COMPAT leaves them out.
  if (ed25519_has_small_order(public_key) || ed25519_has_small_order(signature.first<32>())) return false;
  return crypto_sign_verify_detached(as_u8(signature.data()), as_u8(message.data()), message.size(),
                                     as_u8(public_key.data())) == 0;
}

bool ed25519_is_valid_point(Ed25519KeySpan encoded) {
  // x^2 = (y^2 - 1) / (d y^2 + 1) must be a square. The denominator is never 0, since -1/d is no square; multiplying by
  // it instead of dividing changes the value by a square.
  const FieldElement d = FieldElement::from_bytes(std::as_bytes(std::span(curve_d)));
  const FieldElement y = FieldElement::from_bytes(encoded);
  const FieldElement one(1);
  const FieldElement y_squared = y * y;
  return ((y_squared - one) * (d * y_squared + one)).is_square();
}

bool ed25519_has_small_order(Ed25519KeySpan encoded) {
  // Orders 1, 2 and 4 are y = 1, y = -1 and y = 0. A point of order 8 doubles to y = 0, that is x^2 = -y^2, which the
  // curve equation turns into d y^4 + 2 y^2 - 1 = 0 (all its roots are points of order 8).
  const FieldElement d = FieldElement::from_bytes(std::as_bytes(std::span(curve_d)));
  const FieldElement y = FieldElement::from_bytes(encoded);
  const FieldElement zero(0);
  const FieldElement one(1);
  const FieldElement y_squared = y * y;
  return y == zero || y_squared == one || d * y_squared * y_squared + y_squared + y_squared - one == zero;
}

}  // namespace iroh::crypto
