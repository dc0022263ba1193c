// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/cid/cid_generator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/hex.hpp"
#include "crypto/hmac.hpp"
#include "quic/cid/stateless_reset.hpp"

namespace iroh::quic {
namespace {

TEST(CidGenerator, RecognizesItsOwnIds) {
  base::SeededRandom random(1);
  const CidGenerator generator(random);
  const CidGenerator other(random);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const ConnectionId cid = generator.generate(random);
    EXPECT_EQ(cid.size(), 8u);
    EXPECT_TRUE(generator.looks_ours(cid));
    EXPECT_FALSE(other.looks_ours(cid));
    seen.insert(base::to_hex(cid.bytes()));
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST(CidGenerator, RejectsForeignIds) {
  base::SeededRandom random(2);
  const CidGenerator generator(random);
  const ConnectionId cid = generator.generate(random);
  for (std::size_t i = 0; i < cid.size(); ++i) {
    std::array<std::byte, 8> changed;
    std::ranges::copy(cid.bytes(), changed.begin());
    changed[i] ^= std::byte{1};
    EXPECT_FALSE(generator.looks_ours(ConnectionId(changed)));
  }
  EXPECT_FALSE(generator.looks_ours(ConnectionId()));
  EXPECT_FALSE(generator.looks_ours(ConnectionId(cid.bytes().first(7))));
}

// [quic.md §6.3] The first 16 bytes of a MAC of the id.
TEST(CidGenerator, DerivesResetTokensFromTheResetKey) {
  const CidGenerator::Key cid_key{std::byte{1}};
  const CidGenerator::Key reset_key{std::byte{2}};
  const CidGenerator generator(cid_key, reset_key);
  const ConnectionId cid(base::as_bytes("12345678"));
  const auto mac = crypto::hmac_sha256(reset_key, cid.bytes());
  EXPECT_TRUE(base::equal(generator.reset_token(cid), ByteSpan(mac).first(16)));
  EXPECT_NE(generator.reset_token(cid), generator.reset_token(ConnectionId(base::as_bytes("12345679"))));
}

// [RFC 9000 §10.3], [quic.md §6.3]
TEST(StatelessReset, LooksLikeAShorterPacketThanItsCause) {
  base::SeededRandom random(3);
  const ResetToken token{std::byte{7}, std::byte{8}};
  std::array<std::byte, 1500> buffer;
  for (std::size_t size = 0; size < 22; ++size)
    EXPECT_EQ(build_stateless_reset(buffer, size, token, random), std::nullopt);
  for (std::size_t size = 22; size < 1400; ++size) {
    const auto reset = build_stateless_reset(buffer, size, token, random);
    ASSERT_TRUE(reset);
    EXPECT_LT(*reset, size);
    EXPECT_GE(*reset, 21u);
    EXPECT_GE(*reset, std::min<std::size_t>(size - 1, 41));
    EXPECT_EQ(buffer[0] & std::byte{0xc0}, std::byte{0x40});
    EXPECT_TRUE(base::equal(ByteSpan(buffer).subspan(*reset - 16, 16), token));
  }
}

TEST(StatelessReset, FitsTheBuffer) {
  base::SeededRandom random(4);
  std::array<std::byte, 100> buffer;
  for (int i = 0; i < 100; ++i) EXPECT_LE(build_stateless_reset(buffer, 60'000, ResetToken{}, random), 100u);
}

}  // namespace
}  // namespace iroh::quic
