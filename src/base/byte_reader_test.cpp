// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/byte_reader.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/byte_writer.hpp"
#include "base/hex.hpp"

namespace iroh::base {
namespace {

TEST(ByteReader, ReadsWhatByteWriterWrote) {
  std::array<std::byte, 64> buffer;
  ByteWriter writer(buffer);
  writer.u8(0x01);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.u64(0x08090a0b0c0d0e0f);
  writer.varint_2_bytes(5);
  writer.bytes(as_bytes("hello"));
  writer.zeros(3);
  EXPECT_EQ(to_hex(writer.written()), "0102030405060708090a0b0c0d0e0f400568656c6c6f000000");
  EXPECT_EQ(writer.position() + writer.remaining(), buffer.size());

  ByteReader reader(writer.written());
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u32(), 0x04050607u);
  EXPECT_EQ(reader.u64(), 0x08090a0b0c0d0e0fu);
  const auto text = reader.varint_bytes();
  ASSERT_TRUE(text);
  EXPECT_EQ(as_text(*text), "hello");
  EXPECT_EQ(reader.remaining(), 3u);
  EXPECT_TRUE(reader.skip(3));
  EXPECT_TRUE(reader.is_empty());
}

TEST(ByteReader, StaysWhereItWasWhenBytesAreMissing) {
  const auto bytes = from_hex("05aabb").value();
  ByteReader reader(bytes);
  EXPECT_FALSE(reader.u32());
  EXPECT_FALSE(reader.u64());
  EXPECT_FALSE(reader.bytes(4));
  EXPECT_FALSE(reader.skip(4));
  EXPECT_FALSE(reader.varint_bytes());
  EXPECT_EQ(reader.position(), 0u);
  EXPECT_EQ(reader.rest().size(), 3u);
  EXPECT_EQ(reader.u8(), 5);
  EXPECT_EQ(reader.u16(), 0xaabb);
  EXPECT_FALSE(reader.u8());
  EXPECT_FALSE(reader.u16());
  EXPECT_FALSE(reader.varint());
}

TEST(ByteReader, RefusesALengthThatWouldWrapAround) {
  const auto bytes = from_hex("ffffffffffffffff00").value();
  ByteReader reader(bytes);
  EXPECT_FALSE(reader.varint_bytes());
  EXPECT_FALSE(reader.bytes(SIZE_MAX));
  EXPECT_EQ(reader.position(), 0u);
}

TEST(ByteReader, ReadsAnEmptyView) {
  ByteReader reader({});
  EXPECT_TRUE(reader.is_empty());
  EXPECT_FALSE(reader.u8());
  ASSERT_TRUE(reader.bytes(0));
}

TEST(ByteWriterDeathTest, AssertsThatThereIsRoom) {
  std::array<std::byte, 3> buffer;
  EXPECT_DEATH(ByteWriter(buffer).u32(1), "assertion failed");
  EXPECT_DEATH(ByteWriter(buffer).varint(std::uint64_t{1} << 62), "assertion failed");
}

}  // namespace
}  // namespace iroh::base
