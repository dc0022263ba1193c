// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/endpoint/byte_view.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace iroh::endpoint {
namespace {

std::size_t size_of(ByteView view) {
  return view.size();
}

TEST(ByteView, TakesWhateverIsContiguous) {
  EXPECT_EQ(size_of("text"), 4u);  // without the literal's 0
  EXPECT_EQ(size_of(std::string("a\0b", 3)), 3u);
  EXPECT_EQ(size_of(std::string_view("abc")), 3u);
  EXPECT_EQ(size_of(std::vector<unsigned char>(5)), 5u);
  EXPECT_EQ(size_of(std::array<std::byte, 6>{}), 6u);
  EXPECT_EQ(size_of(std::span<const std::byte>()), 0u);
}

TEST(ByteBuffer, RefersToTheCallersMemory) {
  std::string text = "abc";
  ByteBuffer(text).span()[1] = std::byte{'x'};
  EXPECT_EQ(text, "axc");
}

}  // namespace
}  // namespace iroh::endpoint
