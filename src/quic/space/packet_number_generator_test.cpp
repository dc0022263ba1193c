// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/space/packet_number_generator.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace iroh::quic {
namespace {

TEST(PacketNumberGenerator, HandshakeSpacesSkipNothing) {
  base::SeededRandom random(1);
  PacketNumberGenerator numbers(SpaceId::handshake, random);
  for (PacketNumber pn = 0; pn < 1000; ++pn) {
    EXPECT_EQ(numbers.peek(), pn);
    EXPECT_EQ(numbers.next(random), pn);
    EXPECT_FALSE(numbers.take_skipped());
  }
}

// [quic.md §6.7] One number of [0, 64), then one of [64, 128), of [128, 256) and so on.
TEST(PacketNumberGenerator, DataSpaceSkipsOneNumberPerPowerOfTwo) {
  bool skipped_zero = false;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    base::SeededRandom random(seed);
    PacketNumberGenerator numbers(SpaceId::data, random);
    std::vector<PacketNumber> skips;
    PacketNumber expected = 0;
    while (expected < 4096) {
      const auto announced = numbers.peek();
      const auto pn = numbers.next(random);
      EXPECT_EQ(pn, announced);
      if (const auto skipped = numbers.take_skipped()) {
        EXPECT_EQ(*skipped, expected);
        skips.push_back(*skipped);
        ++expected;
      }
      ASSERT_EQ(pn, expected++);
    }
    ASSERT_EQ(skips.size(), 7u);
    EXPECT_LT(skips[0], 64u);
    for (std::size_t i = 1; i < skips.size(); ++i) {
      EXPECT_GE(skips[i], std::uint64_t{32} << i);
      EXPECT_LE(skips[i], std::uint64_t{64} << i);
    }
    skipped_zero = skipped_zero || skips[0] == 0;
  }
  EXPECT_TRUE(skipped_zero) << "a path may start with number 1";
}

}  // namespace
}  // namespace iroh::quic
