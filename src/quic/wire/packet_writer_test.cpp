// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/wire/packet_writer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "base/byte_span.hpp"

namespace iroh::quic {
namespace {

std::string plaintext(const PacketWriter& writer) {
  std::string text;
  for (const auto& run : writer.runs()) text += base::as_text({run.data, run.size});
  return text;
}

void write(PacketWriter& writer, std::string_view text) {
  const MutableByteSpan room = writer.reserve(text.size());
  std::memcpy(room.data(), text.data(), text.size());
}

TEST(PacketWriter, AdjacentFramesAreOneRun) {
  std::array<std::byte, 64> buffer{};
  PacketWriter writer;
  writer.begin(buffer);
  EXPECT_TRUE(writer.empty());
  write(writer, "one");
  write(writer, "two");
  EXPECT_EQ(writer.runs().size(), 1u);
  EXPECT_EQ(plaintext(writer), "onetwo");
  EXPECT_EQ(writer.size(), 6u);
  EXPECT_EQ(writer.remaining(), buffer.size() - 6);
}

TEST(PacketWriter, ExternalBytesStayWhereTheyAreAndLeaveAGap) {
  std::array<std::byte, 64> buffer{};
  const std::string outside = "stream data";
  PacketWriter writer;
  writer.begin(buffer);
  write(writer, "head");
  writer.append_external(base::as_bytes(outside));
  write(writer, "tail");
  ASSERT_EQ(writer.runs().size(), 3u);
  EXPECT_EQ(writer.runs()[1].data, base::as_bytes(outside).data());
  EXPECT_EQ(writer.runs()[2].data, buffer.data() + 4 + outside.size());
  EXPECT_EQ(plaintext(writer), "headstream datatail");
  EXPECT_EQ(writer.size(), 8 + outside.size());
}

TEST(PacketWriter, PaddingIsZeros) {
  std::array<std::byte, 16> buffer;
  buffer.fill(std::byte{0xff});
  PacketWriter writer;
  writer.begin(buffer);
  writer.pad(0);
  EXPECT_FALSE(writer.is_padded());
  writer.pad(3);
  EXPECT_TRUE(writer.is_padded());
  EXPECT_EQ(plaintext(writer), std::string(3, '\0'));
  EXPECT_EQ(buffer[3], std::byte{0xff});
}

TEST(PacketWriter, BeginForgetsThePacketBefore) {
  std::array<std::byte, 16> buffer{};
  PacketWriter writer;
  writer.begin(buffer);
  write(writer, "x");
  writer.pad(1);
  writer.set_ack_eliciting();
  writer.set_non_probing();
  writer.record({.kind = SentFrame::Kind::ping});
  EXPECT_EQ(writer.frames().size(), 1u);
  EXPECT_FALSE(writer.is_probing());
  writer.begin(buffer);
  EXPECT_TRUE(writer.empty());
  EXPECT_TRUE(writer.is_probing());
  EXPECT_FALSE(writer.is_ack_eliciting());
  EXPECT_FALSE(writer.is_padded());
  EXPECT_TRUE(writer.frames().empty());
  EXPECT_TRUE(writer.runs().empty());
  EXPECT_EQ(writer.remaining(), buffer.size());
}

TEST(PacketWriter, EmptyExternalBytesLeaveNoRun) {
  std::array<std::byte, 16> buffer{};
  PacketWriter writer;
  writer.begin(buffer);
  writer.append_external({});
  EXPECT_TRUE(writer.runs().empty());
  writer.append_external(base::as_bytes("ab"));
  writer.append_external(base::as_bytes("cd"));
  EXPECT_EQ(plaintext(writer), "abcd");
}

}  // namespace
}  // namespace iroh::quic
