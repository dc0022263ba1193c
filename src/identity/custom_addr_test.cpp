// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/custom_addr.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "identity/key_vectors.hpp"

namespace iroh::identity {
namespace {

using test::bytes_of;
using test::repeat;

CustomAddr custom(std::string_view text) {
  return CustomAddr::parse(text).value();
}

// [endpoint.md 8] [endpoint.md §1.7.1]
TEST(CustomAddr, RoundTripsItsText) {
  for (const std::string& text : {std::string("1_a1b2c3d4e5f6"), "2a_" + repeat("ab", 32), std::string("0_"),
                                  std::string("deadbeef_0102"), std::string("ffffffffffffffff_")}) {
    EXPECT_EQ(custom(text).to_string(), text);
  }
  EXPECT_EQ(custom("2a_00ff").transport_id(), 0x2au);
  EXPECT_EQ(custom("02A_00").to_string(), "2a_00");
}

// [endpoint.md 8]
TEST(CustomAddr, SaysWhatIsWrongWithItsText) {
  const auto error = [](std::string_view text) { return CustomAddr::parse(text).error(); };
  EXPECT_EQ(error("abc123"), make_error_code(AddrError::custom_missing_separator));
  EXPECT_EQ(error(""), make_error_code(AddrError::custom_missing_separator));
  for (const auto* text : {"xyz_0102", "_01", "0x1_01", "-1_01", "10000000000000000_"}) {
    EXPECT_EQ(error(text), make_error_code(AddrError::custom_invalid_id)) << text;
  }
  for (const auto* text : {"1_ghij", "1_abc", "1_AB", "1_ab_cd"}) {
    EXPECT_EQ(error(text), make_error_code(AddrError::custom_invalid_data)) << text;
  }
}

// [endpoint.md 8] [endpoint.md §1.7.2]
TEST(CustomAddr, RoundTripsItsBytes) {
  const CustomAddr addr = custom("544f52_a1b2c3");
  EXPECT_EQ(base::to_hex(addr.to_bytes()), "524f540000000000a1b2c3");
  EXPECT_EQ(CustomAddr::from_bytes(addr.to_bytes()), addr);
  EXPECT_EQ(CustomAddr::from_bytes(bytes_of(repeat("00", 8))), custom("0_"));
  const auto too_short = CustomAddr::from_bytes(bytes_of(repeat("00", 7)));
  ASSERT_FALSE(too_short);
  EXPECT_EQ(too_short.error(), make_error_code(AddrError::custom_data_too_short));
}

TEST(CustomAddr, OrdersShortDataBySizeAndLongDataByBytes) {
  // [endpoint.md §1.7]
  const std::vector<CustomAddr> sorted{custom("0_"),
                                       custom("1_"),
                                       custom("1_ff"),
                                       custom("1_0000"),
                                       custom("1_" + repeat("00", 30)),
                                       custom("1_" + repeat("ff", 30)),
                                       custom("1_" + repeat("00", 31)),
                                       custom("1_" + repeat("00", 32)),
                                       custom("1_" + repeat("01", 31)),
                                       custom("2_"),
                                       custom("10_")};
  EXPECT_TRUE(std::ranges::is_sorted(sorted));
  EXPECT_EQ(std::ranges::adjacent_find(sorted), sorted.end());
}

TEST(CustomAddr, CanBeStreamedAndHashed) {
  std::ostringstream out;
  out << custom("1_ab");
  EXPECT_EQ(out.str(), "1_ab");
  EXPECT_EQ(std::hash<CustomAddr>()(custom("1_ab")), std::hash<CustomAddr>()(custom("01_ab")));
  EXPECT_NE(std::hash<CustomAddr>()(custom("1_ab")), std::hash<CustomAddr>()(custom("2_ab")));
}

}  // namespace
}  // namespace iroh::identity
