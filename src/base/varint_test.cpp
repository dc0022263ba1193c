// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/varint.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "base/hex.hpp"
#include "base/random.hpp"

namespace iroh::base {
namespace {

struct Vector {
  const char* hex;
  std::uint64_t value;
};

// [RFC 9000 §A.1]
constexpr std::array rfc_9000_vectors{Vector{"c2197c5eff14e88c", 151288809941952652u}, Vector{"9d7f3e7d", 494878333u},
                                      Vector{"7bbd", 15293u}, Vector{"25", 37u}};

std::string encode(std::uint64_t value) {
  std::array<std::byte, 8> buffer;
  ByteWriter writer(buffer);
  writer.varint(value);
  return to_hex(writer.written());
}

std::optional<std::uint64_t> decode(std::string_view hex) {
  const auto bytes = from_hex(hex).value();
  ByteReader reader(bytes);
  const auto value = reader.varint();
  EXPECT_TRUE(!value || reader.is_empty());
  return value;
}

TEST(Varint, ReproducesTheVectorsOfRfc9000) {
  for (const auto& [hex, value] : rfc_9000_vectors) {
    EXPECT_EQ(decode(hex), value);
    EXPECT_EQ(encode(value), hex);
  }
}

TEST(Varint, DecodesFormsThatAreLongerThanNeeded) {
  // [RFC 9000 §16] Only frame types have to be in the shortest form.
  EXPECT_EQ(decode("4025"), 37u);
  EXPECT_EQ(decode("80000025"), 37u);
  EXPECT_EQ(decode("c000000000000025"), 37u);
}

TEST(Varint, TakesTheShortestFormAtEveryBoundary) {
  EXPECT_EQ(encode(0), "00");
  EXPECT_EQ(encode(63), "3f");
  EXPECT_EQ(encode(64), "4040");
  EXPECT_EQ(encode(16383), "7fff");
  EXPECT_EQ(encode(16384), "80004000");
  EXPECT_EQ(encode((1u << 30) - 1), "bfffffff");
  EXPECT_EQ(encode(1u << 30), "c000000040000000");
  EXPECT_EQ(encode(varint_max), "ffffffffffffffff");
}

TEST(Varint, SizeIsThatOfTheEncoding) {
  SeededRandom random(4);
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t value = random.next_u64() >> (2 + random.below(62));
    EXPECT_EQ(encode(value).size(), 2 * varint_size(value));
    EXPECT_EQ(decode(encode(value)), value);
  }
}

TEST(Varint, ReadsNothingWhenBytesAreMissing) {
  for (const auto* hex : {"", "40", "800000", "c0000000000000"}) EXPECT_EQ(decode(hex), std::nullopt) << hex;
}

}  // namespace
}  // namespace iroh::base
