// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <array>

namespace iroh::base {
namespace {

TEST(Utf8, AcceptsWellFormedText) {
  for (const auto* text :
       {"", "ascii", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(Utf8, RefusesWhatRfc3629Forbids) {
  constexpr std::array malformed{"\x80",
                                 "\xc3",
                                 "\xc3\x28",
                                 "\xc0\x80",
                                 "\xc1\xbf",
                                 "\xe0\x80\x80",
                                 "\xe2\x82",
                                 "\xed\xa0\x80",
                                 "\xed\xbf\xbf",
                                 "\xf0\x80\x80\x80",
                                 "\xf0\x9f\x98",
                                 "\xf5\x80\x80\x80",
                                 "\xf4\x90\x80\x80",
                                 "\xff"};
  for (const auto* text : malformed) EXPECT_FALSE(is_utf8(text));
}

TEST(Utf8, RoundTripsEveryScalarValue) {
  for (char32_t code_point = 0; code_point <= 0x10ffff; code_point += code_point < 0x3000 ? 1 : 251) {
    if (code_point >= 0xd800 && code_point <= 0xdfff) continue;
    std::string text;
    append_utf8(text, code_point);
    ASSERT_EQ(decode_utf8(text), std::u32string(1, code_point));
  }
}

}  // namespace
}  // namespace iroh::base
