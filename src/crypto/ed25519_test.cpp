// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/ed25519.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <string>

#include "base/hex.hpp"
#include "base/random.hpp"

namespace iroh::crypto {
namespace {

using base::to_hex;

Ed25519Key key_from_hex(std::string_view text) {
  Ed25519Key key{};
  EXPECT_TRUE(base::from_hex(text, key)) << text;
  return key;
}

/// All bytes alike.
Ed25519Key filled(unsigned char value) {
  Ed25519Key key;
  key.fill(std::byte{value});
  return key;
}

Ed25519Key ascending() {
  Ed25519Key key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
  return key;
}

struct Vector {
  Ed25519Key seed;
  const char* id;
  const char* hello_world;
  const char* empty;  // null: no vector
};

// [endpoint.md §1.10]
const std::array vectors = {
    Vector{filled(0), "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
           "b0b47780f096ae60bfff8d8e7b19c36b321ae6e69cca972f2ff987ef30f20d29"
           "774b53bae404485c4391ddf1b3f37aaa8a9747f984eb0884e8aa533386e73305",
           "8f895b3cafe2c9506039d0e2a66382568004674fe8d237785092e40d6aaf483e"
           "4fc60168705f31f101596138ce21aa357c0d32a064f423dc3ee4aa3abf53f803"},
    Vector{filled(1), "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
           "1b11b54888ee61743d072f36ce1ffdcde233b39ace8754db41cd299af9d8a63f"
           "5ccda750aa6316da57e8f2617811a21e612a6deb6d4408894a89f1a4ec3fc004",
           "778cda0634c021fae8b1a9fa655ba13230f6fcfc5c5d519afb0872ec9bf1d642"
           "41cc3eed8ad47270d86d30e762ad17677c6fb1797e35bca7eba30388257e020f"},
    Vector{filled(0xff), "76a1592044a6e4f511265bca73a604d90b0529d1df602be30a19a9257660d1f5",
           "7462bc99e5b9fa2b51affddd94e03cb4e5042fb151be63b7857b667589ebcf75"
           "fe39f1af7c82f0a183a2c15d8c10bb70e75da53a0e7f1b1f356ffdc1ab2d180d",
           nullptr},
    Vector{ascending(), "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
           "c9e88a06c88855aa75f90bcfdc5a87b76a99c0d2044114b8931e72089e7b8c7a"
           "c6b4a9776b57326f2d781aa8da8821fe6b4c7296fde0b63ca24d7f6343ac6a0a",
           "9ca53579530654d5c3df77089ef45eda613e2fedf670e96bedac4639504e5845"
           "ef4b95d5793077233dd16817b2532e9c5525872a73a4ad74b759369a9e05c102"},
};

// [endpoint.md §1.10]
TEST(Ed25519, DerivesSignsAndVerifiesTheVectorsOfThePeer) {
  for (const auto& vector : vectors) {
    const Ed25519Key id = ed25519_public_key(vector.seed);
    EXPECT_EQ(to_hex(id), vector.id);
    EXPECT_TRUE(ed25519_is_valid_point(id));
    EXPECT_FALSE(ed25519_has_small_order(id));
    const auto message = base::as_bytes("hello world");
    const auto signature = ed25519_sign(vector.seed, id, message);
    EXPECT_EQ(to_hex(signature), vector.hello_world);
    EXPECT_TRUE(ed25519_verify_strict(id, message, signature));
    EXPECT_FALSE(ed25519_verify_strict(id, base::as_bytes("hello worlD"), signature));
    if (vector.empty != nullptr) {
      EXPECT_EQ(to_hex(ed25519_sign(vector.seed, id, {})), vector.empty);
    }
  }
}

// [endpoint.md §1.2] Accepted and rejected by the released peer.
TEST(Ed25519, AcceptsWhatDecompressesAndNothingElse) {
  const std::string zeros(60, '0');
  const std::string fs(60, 'f');
  EXPECT_TRUE(ed25519_is_valid_point(filled(0)));
  EXPECT_TRUE(ed25519_is_valid_point(filled(0xff)));
  EXPECT_TRUE(ed25519_is_valid_point(key_from_hex("01" + zeros + "80")));
  EXPECT_TRUE(ed25519_is_valid_point(key_from_hex("00" + zeros + "80")));
  EXPECT_TRUE(ed25519_is_valid_point(key_from_hex("ed" + fs + "7f")));
  EXPECT_TRUE(ed25519_is_valid_point(key_from_hex("ee" + fs + "7f")));
  EXPECT_TRUE(ed25519_is_valid_point(key_from_hex("ec" + fs + "7f")));
  EXPECT_TRUE(ed25519_is_valid_point(key_from_hex("ec" + fs + "ff")));
  EXPECT_FALSE(ed25519_is_valid_point(key_from_hex("02" + zeros + "00")));
}

TEST(Ed25519, AgreesWithLibsodiumOnRandomEncodings) {
  // libsodium also asks for the prime-order subgroup and canonical bytes, so it may only be stricter; and sums of
  // points it made are points.
  base::SeededRandom random(2);
  int valid = 0;
  for (int i = 0; i < 400; ++i) {
    Ed25519Key key;
    random.fill(key);
    const bool ours = ed25519_is_valid_point(key);
    valid += ours ? 1 : 0;
    if (crypto_core_ed25519_is_valid_point(base::as_u8(key.data())) == 1) {
      EXPECT_TRUE(ours) << to_hex(key);
    }
    Ed25519Key point;
    crypto_core_ed25519_from_uniform(base::as_u8(point.data()), base::as_u8(key.data()));
    EXPECT_TRUE(ed25519_is_valid_point(point)) << to_hex(point);
    // libsodium's addition fails exactly if an operand is no point of the curve.
    Ed25519Key sum;
    const bool theirs =
        crypto_core_ed25519_add(base::as_u8(sum.data()), base::as_u8(key.data()), base::as_u8(point.data())) == 0;
    EXPECT_EQ(ours, theirs) << to_hex(key);
  }
  EXPECT_GT(valid, 150);  // about half of all y have an x
  EXPECT_LT(valid, 250);
}

// The eight points whose order divides 8, with and without sign, and their non-canonical encodings.
const std::array small_order = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
};

TEST(Ed25519, KnowsThePointsOfSmallOrder) {
  for (const char* text : small_order) {
    EXPECT_TRUE(ed25519_has_small_order(key_from_hex(text))) << text;
    EXPECT_TRUE(ed25519_is_valid_point(key_from_hex(text))) << text;
  }
  base::SeededRandom random(3);
  for (int i = 0; i < 100; ++i) {
    Ed25519Key key;
    random.fill(key);
    EXPECT_FALSE(ed25519_has_small_order(key)) << to_hex(key);
  }
}

// [endpoint.md §1.2] verify is strict.
TEST(Ed25519, RefusesSmallOrderKeysAndNonces) {
  // With A and R of small order and S = 0, the cofactorless equation R = S B - h A holds for some messages, and a lax
  // verifier accepts them.
  for (const char* key : small_order) {
    for (const char* nonce : small_order) {
      Ed25519Signature signature{};
      std::ranges::copy(key_from_hex(nonce), signature.begin());
      for (int i = 0; i < 8; ++i) {
        EXPECT_FALSE(ed25519_verify_strict(key_from_hex(key), base::as_bytes(std::to_string(i)), signature));
      }
    }
  }
}

TEST(Ed25519, RefusesASmallOrderNonceUnderAnHonestKey) {
  // R = identity, S = h a: the equation holds, strictness alone refuses it.
  const Ed25519Key seed = ascending();
  const Ed25519Key id = ed25519_public_key(seed);
  const auto message = base::as_bytes("message");
  std::array<unsigned char, 64> hash;
  crypto_hash_sha512(hash.data(), base::as_u8(seed.data()), seed.size());
  hash[0] &= 248;
  hash[31] = static_cast<unsigned char>((hash[31] & 127) | 64);
  std::array<unsigned char, 64> wide{};
  std::copy_n(hash.begin(), 32, wide.begin());
  std::array<unsigned char, 32> secret;
  crypto_core_ed25519_scalar_reduce(secret.data(), wide.data());
  Ed25519Signature signature{};
  signature[0] = std::byte{1};
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  crypto_hash_sha512_update(&state, base::as_u8(signature.data()), 32);
  crypto_hash_sha512_update(&state, base::as_u8(id.data()), 32);
  crypto_hash_sha512_update(&state, base::as_u8(message.data()), message.size());
  crypto_hash_sha512_final(&state, hash.data());
  std::array<unsigned char, 32> challenge;
  crypto_core_ed25519_scalar_reduce(challenge.data(), hash.data());
  crypto_core_ed25519_scalar_mul(base::as_u8(signature.data()) + 32, challenge.data(), secret.data());
  // The equation really holds: S B = h A.
  std::array<unsigned char, 32> left;
  std::array<unsigned char, 32> right;
  ASSERT_EQ(crypto_scalarmult_ed25519_base_noclamp(left.data(), base::as_u8(signature.data()) + 32), 0);
  ASSERT_EQ(crypto_scalarmult_ed25519_noclamp(right.data(), challenge.data(), base::as_u8(id.data())), 0);
  ASSERT_EQ(left, right);
  EXPECT_FALSE(ed25519_verify_strict(id, message, signature));
}

TEST(Ed25519, RefusesSAtOrAboveTheGroupOrder) {
  const Ed25519Key seed = ascending();
  const Ed25519Key id = ed25519_public_key(seed);
  const auto message = base::as_bytes("hello world");
  auto signature = ed25519_sign(seed, id, message);
  const auto order = key_from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += std::to_integer<unsigned>(signature[32 + i]) + std::to_integer<unsigned>(order[i]);
    signature[32 + i] = static_cast<std::byte>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(ed25519_verify_strict(id, message, signature));
}

TEST(Ed25519, RefusesEveryFlippedBitOfASignature) {
  const Ed25519Key seed = filled(7);
  const Ed25519Key id = ed25519_public_key(seed);
  const auto message = base::as_bytes("hello world");
  const auto signature = ed25519_sign(seed, id, message);
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    auto corrupted = signature;
    corrupted[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    EXPECT_FALSE(ed25519_verify_strict(id, message, corrupted)) << bit;
  }
}

}  // namespace
}  // namespace iroh::crypto
