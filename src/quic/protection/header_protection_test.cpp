// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/protection/header_protection.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.hpp"

namespace iroh::quic {
namespace {

// [RFC 9001 §5.4.2] 4 bytes of packet number at most, then 16 bytes of sample.
TEST(HeaderProtection, PacketsTooShortForASampleHaveNone) {
  const std::vector<std::byte> packet(9 + 4 + 16);
  EXPECT_TRUE(sample_at(packet, 9));
  for (std::size_t size = 0; size < packet.size(); ++size) EXPECT_FALSE(sample_at(ByteSpan(packet).first(size), 9));
}

TEST(HeaderProtection, SampleStartsFourBytesAfterThePacketNumber) {
  std::vector<std::byte> packet(40);
  for (std::size_t i = 0; i < packet.size(); ++i) packet[i] = static_cast<std::byte>(i);
  const auto sample = sample_at(packet, 9).value();
  EXPECT_EQ(sample.front(), std::byte{13});
  EXPECT_EQ(sample.back(), std::byte{28});
}

TEST(HeaderProtection, RemovingUndoesApplyingForEveryForm) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    base::SeededRandom random(seed);
    std::vector<std::byte> packet(40);
    random.fill(packet);
    crypto::HeaderMask mask;
    random.fill(mask);
    const std::size_t pn_offset = 1 + random.below(15);
    const auto plain = packet;
    apply_header_protection(packet, pn_offset, mask);
    const auto header = remove_header_protection(packet, pn_offset, mask);
    ASSERT_EQ(packet, plain);
    EXPECT_EQ(header.first_byte, std::to_integer<std::uint8_t>(plain[0]));
    EXPECT_EQ(header.pn_size, (header.first_byte & 3u) + 1);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < header.pn_size; ++i) {
      number = number * 256 + std::to_integer<std::uint64_t>(plain[pn_offset + i]);
    }
    EXPECT_EQ(header.truncated_pn, number);
  }
}

// [RFC 9001 §5.4.1]
TEST(HeaderProtection, CoversFourBitsOfLongAndFiveOfShortHeaders) {
  constexpr crypto::HeaderMask all{std::byte{0xff}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}};
  std::vector<std::byte> packet(30);
  packet[0] = std::byte{0xc0};
  apply_header_protection(packet, 10, all);
  EXPECT_EQ(packet[0], std::byte{0xcf});
  packet.assign(30, std::byte{0});
  packet[0] = std::byte{0x41};  // a packet number of two bytes
  apply_header_protection(packet, 10, all);
  EXPECT_EQ(packet[0], std::byte{0x5e});
  EXPECT_EQ(packet[11], std::byte{0xff});
  EXPECT_EQ(packet[12], std::byte{0});
}

}  // namespace
}  // namespace iroh::quic
