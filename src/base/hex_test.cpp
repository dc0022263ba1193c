// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/hex.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/random.hpp"

namespace iroh::base {
namespace {

TEST(Hex, WritesLowerCase) {
  EXPECT_EQ(to_hex(as_bytes("\x01\xaf\xff")), "01afff");
}

TEST(Hex, ReadsBackWhatItWrote) {
  SeededRandom random(1);
  for (std::size_t size = 0; size < 40; ++size) {
    std::vector<std::byte> bytes(size);
    random.fill(bytes);
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
  }
}

TEST(Hex, RefusesUpperCaseOddLengthsAndOtherCharacters) {
  for (const auto* text : {"AF", "a", "abc", "0g", "g0", " 0", "0x", "-1", "+1"}) EXPECT_FALSE(from_hex(text)) << text;
}

TEST(Hex, FillsABufferOnlyIfTheLengthFits) {
  std::array<std::byte, 2> buffer{};
  EXPECT_TRUE(from_hex("0102", buffer));
  EXPECT_EQ(buffer[1], std::byte{2});
  EXPECT_FALSE(from_hex("01", buffer));
  EXPECT_FALSE(from_hex("010203", buffer));
  EXPECT_FALSE(from_hex("01020", buffer));
}

}  // namespace
}  // namespace iroh::base
