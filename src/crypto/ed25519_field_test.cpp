// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/ed25519_field.hpp"

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <memory>
#include <vector>

#include "base/byte_span.hpp"
#include "base/random.hpp"

namespace iroh::crypto {
namespace {

using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Bytes32 = std::array<std::byte, 32>;

Number from_bytes(const Bytes32& bytes) {
  return {BN_lebin2bn(base::as_u8(bytes.data()), 32, nullptr), &BN_free};
}

Number prime() {
  BIGNUM* p = nullptr;
  BN_hex2bn(&p, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
  return {p, &BN_free};
}

FieldElement to_field(const BIGNUM* number) {
  Bytes32 bytes;
  BN_bn2lebinpad(number, base::as_u8(bytes.data()), 32);
  return FieldElement::from_bytes(bytes);
}

/// Random, or close to the borders where carries happen.
Bytes32 interesting(base::Random& random) {
  Bytes32 bytes;
  random.fill(bytes);
  if (random.chance(1, 2)) {
    for (std::size_t i = 1; i < 32; ++i) bytes[i] = std::byte{0xff};
  }
  if (random.chance(1, 4)) {
    for (std::size_t i = 1; i < 32; ++i) bytes[i] = std::byte{0};
  }
  bytes[31] &= std::byte{0x7f};
  return bytes;
}

TEST(FieldElement, AgreesWithBigNumbers) {
  base::SeededRandom random(4);
  const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), &BN_CTX_free);
  const Number p = prime();
  for (int i = 0; i < 3000; ++i) {
    const Bytes32 a = interesting(random);
    const Bytes32 b = interesting(random);
    const Number x = from_bytes(a);
    const Number y = from_bytes(b);
    const Number result(BN_new(), &BN_free);
    const FieldElement left = FieldElement::from_bytes(a);
    const FieldElement right = FieldElement::from_bytes(b);
    ASSERT_EQ(BN_mod_add(result.get(), x.get(), y.get(), p.get(), context.get()), 1);
    EXPECT_TRUE(left + right == to_field(result.get()));
    ASSERT_EQ(BN_mod_sub(result.get(), x.get(), y.get(), p.get(), context.get()), 1);
    EXPECT_TRUE(left - right == to_field(result.get()));
    ASSERT_EQ(BN_mod_mul(result.get(), x.get(), y.get(), p.get(), context.get()), 1);
    EXPECT_TRUE(left * right == to_field(result.get()));
    // Chains, so that intermediate values that are not reduced go in again.
    EXPECT_TRUE((left + right) * (left - right) == left * left - right * right);
    EXPECT_TRUE(FieldElement(0) - left + left == FieldElement(0));
  }
}

TEST(FieldElement, KnowsSquares) {
  base::SeededRandom random(5);
  const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), &BN_CTX_free);
  const Number p = prime();
  EXPECT_TRUE(FieldElement(0).is_square());
  EXPECT_FALSE(FieldElement(2).is_square());
  for (int i = 0; i < 200; ++i) {
    const Bytes32 a = interesting(random);
    const FieldElement x = FieldElement::from_bytes(a);
    EXPECT_TRUE((x * x).is_square());
    EXPECT_EQ(x.is_square(), BN_kronecker(from_bytes(a).get(), p.get(), context.get()) >= 0);
  }
}

}  // namespace
}  // namespace iroh::crypto
