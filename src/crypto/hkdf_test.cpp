// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/hkdf.hpp"

#include <gnutls/crypto.h>
#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "base/random.hpp"
#include "crypto/test_hex.hpp"

namespace iroh::crypto {
namespace {

using base::to_hex;

// [RFC 5869 §A.1]
TEST(Hkdf, MatchesTheFirstVectorOfRfc5869) {
  const auto prk = hkdf_extract(HashAlgorithm::sha256, hex("000102030405060708090a0b0c"),
                                hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"));
  EXPECT_EQ(to_hex(prk), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  EXPECT_EQ(to_hex(hkdf_expand(HashAlgorithm::sha256, prk, hex("f0f1f2f3f4f5f6f7f8f9"), 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

// [RFC 5869 §A.3]
TEST(Hkdf, TakesEmptySaltAndInfo) {
  const auto prk = hkdf_extract(HashAlgorithm::sha256, {}, hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"));
  EXPECT_EQ(to_hex(prk), "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
  EXPECT_EQ(to_hex(hkdf_expand(HashAlgorithm::sha256, prk, {}, 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

// [RFC 9001 §A.1]
TEST(Hkdf, DerivesTheInitialKeysOfRfc9001) {
  const auto initial =
      hkdf_extract(HashAlgorithm::sha256, hex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), hex("8394c8f03e515708"));
  EXPECT_EQ(to_hex(initial), "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44");
  const auto derive = [](base::ByteSpan secret, std::string_view label, std::size_t size) {
    return hkdf_expand_label(HashAlgorithm::sha256, secret, label, {}, size);
  };
  const auto client = derive(initial, "client in", 32);
  EXPECT_EQ(to_hex(client), "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
  EXPECT_EQ(to_hex(derive(client, "quic key", 16)), "1f369613dd76d5467730efcbe3b1a22d");
  EXPECT_EQ(to_hex(derive(client, "quic iv", 12)), "fa044b2f42a3fd3b46fb255c");
  EXPECT_EQ(to_hex(derive(client, "quic hp", 16)), "9f50449e04a0e810283a1e9933adedd2");
  const auto server = derive(initial, "server in", 32);
  EXPECT_EQ(to_hex(derive(server, "quic key", 16)), "cf3a5331653c364c88f0f379b6067e37");
  EXPECT_EQ(to_hex(derive(server, "quic iv", 12)), "0ac1493ca1905853b0bba03e");
  EXPECT_EQ(to_hex(derive(server, "quic hp", 16)), "c206b8d9b9f0f37644430b490eeaa314");
}

TEST(Hkdf, AgreesWithGnutlsForBothHashesAndAllSizes) {
  base::SeededRandom random(1);
  for (const HashAlgorithm hash : {HashAlgorithm::sha256, HashAlgorithm::sha384}) {
    const auto mac = hash == HashAlgorithm::sha256 ? GNUTLS_MAC_SHA256 : GNUTLS_MAC_SHA384;
    for (std::size_t size = 1; size < 200; ++size) {
      std::vector<std::byte> salt(random.below(80));
      std::vector<std::byte> ikm(1 + random.below(80));
      std::vector<std::byte> info(random.below(80));
      random.fill(salt);
      random.fill(ikm);
      random.fill(info);
      const auto datum = [](std::vector<std::byte>& bytes) {
        return gnutls_datum_t{base::as_u8(bytes.data()), static_cast<unsigned>(bytes.size())};
      };
      const auto ikm_datum = datum(ikm);
      const auto salt_datum = datum(salt);
      const auto info_datum = datum(info);
      std::vector<std::byte> prk(hash_size(hash));
      ASSERT_EQ(gnutls_hkdf_extract(mac, &ikm_datum, &salt_datum, prk.data()), 0);
      EXPECT_EQ(hkdf_extract(hash, salt, ikm), prk);
      const auto prk_datum = datum(prk);
      std::vector<std::byte> okm(size);
      ASSERT_EQ(gnutls_hkdf_expand(mac, &prk_datum, &info_datum, okm.data(), size), 0);
      EXPECT_EQ(hkdf_expand(hash, prk, info, size), okm);
    }
  }
}

}  // namespace
}  // namespace iroh::crypto
