// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/base32.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "base/random.hpp"

namespace iroh::base {
namespace {

constexpr std::array all_alphabets{Base32::upper, Base32::lower, Base32::hex_lower, Base32::z_base_32};

// [RFC 4648 §10] without the padding
constexpr std::array<std::array<const char*, 3>, 7> rfc_4648_vectors{{{"", "", ""},
                                                                      {"f", "MY", "co"},
                                                                      {"fo", "MZXQ", "cpng"},
                                                                      {"foo", "MZXW6", "cpnmu"},
                                                                      {"foob", "MZXW6YQ", "cpnmuog"},
                                                                      {"fooba", "MZXW6YTB", "cpnmuoj1"},
                                                                      {"foobar", "MZXW6YTBOI", "cpnmuoj1e8"}}};

TEST(Base32, ReproducesTheVectorsOfRfc4648) {
  for (const auto& [plain, base32, base32_hex] : rfc_4648_vectors) {
    EXPECT_EQ(to_base32(as_bytes(plain), Base32::upper), base32);
    EXPECT_EQ(to_base32(as_bytes(plain), Base32::hex_lower), base32_hex);
    const auto decoded = from_base32(base32, Base32::upper);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(as_text(*decoded), plain);
  }
}

TEST(Base32, ReadsBackWhatItWroteInEveryAlphabet) {
  SeededRandom random(2);
  for (const Base32 alphabet : all_alphabets) {
    for (std::size_t size = 0; size < 70; ++size) {
      std::vector<std::byte> bytes(size);
      random.fill(bytes);
      EXPECT_EQ(from_base32(to_base32(bytes, alphabet), alphabet), bytes);
    }
  }
}

TEST(Base32, AcceptsOnlyTextThatItWouldWrite) {
  constexpr std::string_view symbols = "abyz27=A 189";
  SeededRandom random(3);
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (auto length = random.below(10); length > 0; --length) text += symbols[random.below(symbols.size())];
    const auto bytes = from_base32(text, Base32::lower);
    EXPECT_TRUE(!bytes || to_base32(*bytes, Base32::lower) == text) << text;
  }
}

TEST(Base32, RefusesTrailingBitsImpossibleLengthsAndPadding) {
  EXPECT_TRUE(from_base32("aa", Base32::lower));
  EXPECT_FALSE(from_base32("ab", Base32::lower));
  for (const auto* text : {"a", "aaa", "aaaaaa", "aaaaaaaaa", "aa======", "aa ", "a1", "AA"}) {
    EXPECT_FALSE(from_base32(text, Base32::lower)) << text;
  }
}

TEST(Base32, IgnoresCaseOnlyWhenAsked) {
  EXPECT_EQ(from_base32_any_case("mZxW6yTb"), from_base32("MZXW6YTB", Base32::upper));
  EXPECT_FALSE(from_base32("mZxW6yTb", Base32::upper));
}

}  // namespace
}  // namespace iroh::base
