// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/postcard.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/hex.hpp"

namespace iroh::base {
namespace {

/// A reader over bytes that it keeps.
class HexReader {
 public:
  explicit HexReader(std::string_view hex) : bytes_(from_hex(hex).value()), reader_(bytes_) {}
  PostcardReader* operator->() { return &reader_; }

 private:
  std::vector<std::byte> bytes_;
  PostcardReader reader_;
};

TEST(Postcard, WritesTheShortestVarint) {
  PostcardWriter writer;
  for (const std::uint64_t value : {0u, 127u, 128u, 443u, 65535u}) writer.u64(value);
  writer.u64(UINT64_MAX);
  EXPECT_EQ(to_hex(writer.written()), "007f8001bb03ffff03ffffffffffffffffff01");
}

TEST(Postcard, LimitsVarintsByTypeAndNotByForm) {
  // [endpoint.md §1.8] the last byte of the longest form: u16 03, u32 0f, u64 01
  EXPECT_EQ(HexReader("ffff03")->u16(), 65535);
  EXPECT_EQ(HexReader("ffff04")->u16(), std::nullopt);
  EXPECT_EQ(HexReader("80808000")->u16(), std::nullopt);
  EXPECT_EQ(HexReader("ffffffff0f")->u32(), UINT32_MAX);
  EXPECT_EQ(HexReader("ffffffff10")->u32(), std::nullopt);
  EXPECT_EQ(HexReader("808080808000")->u32(), std::nullopt);
  EXPECT_EQ(HexReader("ffffffffffffffffff01")->u64(), UINT64_MAX);
  EXPECT_EQ(HexReader("ffffffffffffffffff02")->u64(), std::nullopt);
  EXPECT_EQ(HexReader("8080808080808080808000")->u64(), std::nullopt);
}

TEST(Postcard, AcceptsFormsThatAreLongerThanNeeded) {
  EXPECT_EQ(HexReader("8900")->u16(), 9);
  EXPECT_EQ(HexReader("898000")->u16(), 9);
  EXPECT_EQ(HexReader("8000")->u64(), 0u);
}

TEST(Postcard, ReadsNothingPastTheEnd) {
  EXPECT_FALSE(HexReader("")->u8());
  EXPECT_FALSE(HexReader("80")->u64());
  EXPECT_FALSE(HexReader("03aabb")->bytes());
  EXPECT_FALSE(HexReader("ffffffffffffffffff01aa")->bytes());
  EXPECT_FALSE(HexReader("aa")->fixed_array<2>());
}

TEST(Postcard, ReadsBoolsStringsAndArrays) {
  EXPECT_EQ(HexReader("00")->boolean(), false);
  EXPECT_EQ(HexReader("01")->boolean(), true);
  EXPECT_EQ(HexReader("02")->boolean(), std::nullopt);
  HexReader text("0568656c6c6f");
  EXPECT_EQ(text->string(), "hello");
  EXPECT_EQ(HexReader("0368c328")->string(), std::nullopt);
  EXPECT_EQ(HexReader("0102")->fixed_array<2>(), (std::array{std::byte{1}, std::byte{2}}));
}

TEST(Postcard, RoundTripsVarintsOfEveryWidth) {
  EXPECT_TRUE(rc::check([](std::uint64_t random) {
    const std::uint64_t value = random >> *rc::gen::inRange(0, 64);
    PostcardWriter writer;
    writer.u64(value);
    writer.u32(static_cast<std::uint32_t>(value));
    writer.u16(static_cast<std::uint16_t>(value));
    PostcardReader reader(writer.written());
    RC_ASSERT(reader.u64() == value);
    RC_ASSERT(reader.u32() == static_cast<std::uint32_t>(value));
    RC_ASSERT(reader.u16() == static_cast<std::uint16_t>(value));
    RC_ASSERT(reader.is_empty());
  }));
}

TEST(Postcard, WritesNoLongerThanAnyFormItReads) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& input) {
    PostcardReader reader(std::as_bytes(std::span(input)));
    if (const auto value = reader.u32()) {
      PostcardWriter writer;
      writer.u32(*value);
      RC_ASSERT(writer.written().size() <= input.size() - reader.remaining());
    }
  }));
}

}  // namespace
}  // namespace iroh::base
