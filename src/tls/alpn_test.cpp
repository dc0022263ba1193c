// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tls/alpn.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace iroh::tls {
namespace {

using Names = std::vector<std::string>;

std::optional<std::vector<std::string_view>> decode(const std::vector<std::byte>& data) {
  return decode_alpns(data);
}

TEST(Alpn, EncodesAndDecodesLists) {
  const Names names = {"h3", std::string(255, 'x'), std::string("\0", 1)};
  const auto data = encode_alpns(names);
  const auto decoded = decode(data);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(Names(decoded->begin(), decoded->end()), names);
}

// [RFC 7301 §3.1]
TEST(Alpn, RefusesMalformedLists) {
  for (const char* text : {"", "00", "0000", "0001", "000100",
                           "0002"
                           "0261",
                           "0003"
                           "0161",
                           "0003"
                           "016100",
                           "0003"
                           "026162"
                           "63"}) {
    const auto data = base::from_hex(text).value();
    EXPECT_FALSE(decode(data).has_value()) << text;
  }
}

// [endpoint.md §2.7]
TEST(Alpn, SelectsTheFirstOfOurs) {
  const Names ours = {"a", "b", "c"};
  EXPECT_EQ(select_alpn(ours, {"c", "b"}), &ours[1]);
  EXPECT_EQ(select_alpn(ours, {"d"}), nullptr);
  EXPECT_EQ(select_alpn(ours, {}), nullptr);
  EXPECT_EQ(select_alpn({}, {"a"}), nullptr);
}

}  // namespace
}  // namespace iroh::tls
