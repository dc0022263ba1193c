// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/aead.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "crypto/hmac.hpp"
#include "crypto/system_random.hpp"
#include "crypto/test_hex.hpp"

namespace iroh::crypto {
namespace {

// [RFC 9001 §A.4]
TEST(Aes128Gcm, MakesTheRetryTagOfRfc9001) {
  const auto key = hex("be0c690b9f66575a1d766b54e368c84e");
  const auto nonce = hex("461599d35d632bf2239825bb");
  const auto pseudo_packet = hex("088394c8f03e515708ff000000010008f067a5502a4262b5746f6b656e");
  const auto tag = aes_128_gcm_seal(Aes128KeySpan(key), GcmNonceSpan(nonce), pseudo_packet, {});
  EXPECT_EQ(base::to_hex(tag), "04a265ba2eff4d829058fb3f0f2496ba");
  EXPECT_TRUE(aes_128_gcm_open(Aes128KeySpan(key), GcmNonceSpan(nonce), pseudo_packet, tag).has_value());
}

TEST(Aes128Gcm, OpensWhatItSealedAndNothingElse) {
  const auto key = hex("be0c690b9f66575a1d766b54e368c84e");
  const auto nonce = hex("461599d35d632bf2239825bb");
  const auto text = base::as_bytes("a token");
  auto sealed = aes_128_gcm_seal(Aes128KeySpan(key), GcmNonceSpan(nonce), base::as_bytes("aad"), text);
  const auto open = [&](base::ByteSpan bytes, std::string_view aad) {
    return aes_128_gcm_open(Aes128KeySpan(key), GcmNonceSpan(nonce), base::as_bytes(aad), bytes);
  };
  ASSERT_TRUE(open(sealed, "aad").has_value());
  EXPECT_EQ(base::as_text(*open(sealed, "aad")), "a token");
  EXPECT_FALSE(open(sealed, "Aad").has_value());
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(open(base::ByteSpan(sealed).first(size), "aad").has_value()) << size;
    sealed[size] ^= std::byte{1};
    EXPECT_FALSE(open(sealed, "aad").has_value()) << size;
    sealed[size] ^= std::byte{1};
  }
}

// [RFC 4231 §4.2, §4.3]
TEST(HmacSha256, MatchesRfc4231) {
  EXPECT_EQ(base::to_hex(hmac_sha256(std::vector<std::byte>(20, std::byte{0x0b}), base::as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(base::to_hex(hmac_sha256(base::as_bytes("Jefe"), base::as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(SystemRandom, FillsEverySizeAndDoesNotRepeat) {
  for (const std::size_t size : {0u, 1u, 8u, 255u, 256u, 257u, 100'000u}) {
    std::vector<std::byte> first(size);
    std::vector<std::byte> second(size);
    system_random().fill(first);
    system_random().fill(second);
    if (size >= 8) {
      EXPECT_NE(first, second);
    }
  }
  // Both halves of a large request are filled: getrandom may return less than asked for.
  std::vector<std::byte> large(100'000);
  system_random().fill(large);
  EXPECT_FALSE(base::equal(base::ByteSpan(large).last(16), std::vector<std::byte>(16)));
}

TEST(ConstantTimeEqual, ComparesSizesAndContents) {
  EXPECT_TRUE(constant_time_equal({}, {}));
  EXPECT_TRUE(constant_time_equal(base::as_bytes("abc"), base::as_bytes("abc")));
  EXPECT_FALSE(constant_time_equal(base::as_bytes("abc"), base::as_bytes("abd")));
  EXPECT_FALSE(constant_time_equal(base::as_bytes("abc"), base::as_bytes("ab")));
}

TEST(Wipe, Zeroes) {
  std::vector<std::byte> secret(33, std::byte{7});
  wipe(secret);
  EXPECT_EQ(secret, std::vector<std::byte>(33));
  wipe({});
}

}  // namespace
}  // namespace iroh::crypto
