// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/wire/packet_number.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"
#include "base/varint.hpp"

namespace iroh::quic {
namespace {

PacketNumber truncate(PacketNumber number, std::size_t size) {
  return number & ((std::uint64_t{1} << (8 * size)) - 1);
}

// [quic.md 20] [RFC 9000 §A.2]
TEST(PacketNumberSize, MatchesTheExamplesOfRfc9000) {
  EXPECT_EQ(packet_number_size(0xac5c02, 0xabe8b3), 2u);
  EXPECT_EQ(packet_number_size(0xace8fe, 0xabe8b3), 3u);
}

// [quic.md §6.2]
TEST(PacketNumberSize, CoversTwiceTheDistanceToTheLargestAcknowledged) {
  EXPECT_EQ(packet_number_size(0, {}), 1u);
  EXPECT_EQ(packet_number_size(127, {}), 1u);
  EXPECT_EQ(packet_number_size(128, {}), 2u);
  EXPECT_EQ(packet_number_size(1'000'127, 1'000'000), 1u);
  EXPECT_EQ(packet_number_size(1'000'128, 1'000'000), 2u);
  EXPECT_EQ(packet_number_size((1u << 15) - 1, {}), 2u);
  EXPECT_EQ(packet_number_size(1u << 15, {}), 3u);
  EXPECT_EQ(packet_number_size(1u << 23, {}), 4u);
}

// [quic.md 20] [RFC 9000 §A.3]
TEST(ExpandPacketNumber, MatchesTheExampleOfRfc9000) {
  EXPECT_EQ(expand_packet_number(0x9b32, 2, 0xa82f30ea + 1), 0xa82f9b32u);
}

TEST(ExpandPacketNumber, StaysBetweenZeroAnd2To62) {
  EXPECT_EQ(expand_packet_number(0xff, 1, 0), 0xffu);  // nothing lies below zero
  EXPECT_EQ(expand_packet_number(0x00, 1, base::varint_max), base::varint_max - 0xff);
  EXPECT_EQ(expand_packet_number(0xfe, 1, 0x100), 0xfeu);
  EXPECT_EQ(expand_packet_number(0x01, 1, 0xff), 0x101u);
}

TEST(ExpandPacketNumber, FindsTheNearestNumberWithTheseLowBytes) {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    base::SeededRandom random(seed);
    const std::size_t size = 1 + random.below(4);
    const PacketNumber window = std::uint64_t{1} << (8 * size);
    const PacketNumber expected = random.next_u64() >> (2 + random.below(60));
    const std::uint64_t truncated = random.next_u64() & (window - 1);
    const PacketNumber found = expand_packet_number(truncated, size, expected);
    ASSERT_EQ(truncate(found, size), truncated);
    ASSERT_LE(found, base::varint_max);
    // The naive way: of the three candidates around the expected number, none is nearer.
    const PacketNumber base = expected - expected % window + truncated;
    const auto distance = [&](PacketNumber n) { return n > expected ? n - expected : expected - n; };
    if (base >= window) {
      ASSERT_LE(distance(found), distance(base - window));
    }
    ASSERT_LE(distance(found), distance(base));
    if (base + window <= base::varint_max) {
      ASSERT_LE(distance(found), distance(base + window));
    }
  }
}

TEST(ExpandPacketNumber, UndoesTruncationWhateverTheReceiverHasSeen) {
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    base::SeededRandom random(seed);
    const PacketNumber acked = random.next_u64() >> (4 + random.below(58));
    const PacketNumber number = acked + 1 + random.below(std::uint64_t{1} << random.below(28));
    // The receiver has seen something between the largest acknowledged and this packet's predecessor.
    const PacketNumber largest_received = acked + random.below(number - acked);
    const std::size_t size = packet_number_size(number, acked);
    EXPECT_EQ(expand_packet_number(truncate(number, size), size, largest_received + 1), number);
  }
}

}  // namespace
}  // namespace iroh::quic
