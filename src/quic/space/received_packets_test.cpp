// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/space/received_packets.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace iroh::quic {
namespace {

std::vector<PnRange> ranges_of(const ReceivedPackets& packets) {
  return {packets.ranges().begin(), packets.ranges().end()};
}

TEST(ReceivedPackets, StartsEmpty) {
  ReceivedPackets packets;
  EXPECT_FALSE(packets.largest());
  EXPECT_TRUE(packets.ranges().empty());
  EXPECT_FALSE(packets.is_duplicate(0));
}

TEST(ReceivedPackets, PacketsInOrderAreOneRange) {
  ReceivedPackets packets;
  for (PacketNumber pn = 0; pn < 1000; ++pn) EXPECT_TRUE(packets.insert(pn));
  EXPECT_EQ(packets.largest(), 999u);
  EXPECT_EQ(ranges_of(packets), (std::vector<PnRange>{{0, 999}}));
}

TEST(ReceivedPackets, ListsGapsHighestRangeFirstAndClosesThem) {
  ReceivedPackets packets;
  for (const PacketNumber pn : {1u, 2u, 5u, 9u, 7u}) EXPECT_TRUE(packets.insert(pn));
  EXPECT_EQ(ranges_of(packets), (std::vector<PnRange>{{9, 9}, {7, 7}, {5, 5}, {1, 2}}));
  for (const PacketNumber pn : {6u, 8u, 3u, 4u, 0u}) EXPECT_TRUE(packets.insert(pn));
  EXPECT_EQ(ranges_of(packets), (std::vector<PnRange>{{0, 9}}));
}

TEST(ReceivedPackets, RefusesDuplicatesAlsoBelowTheWindow) {
  ReceivedPackets packets;
  EXPECT_TRUE(packets.insert(3));
  EXPECT_FALSE(packets.insert(3));
  EXPECT_TRUE(packets.insert(100'000));
  EXPECT_FALSE(packets.insert(3));
  EXPECT_TRUE(packets.insert(4));  // old, but it is known that it has not arrived
  EXPECT_FALSE(packets.insert(4));
}

TEST(ReceivedPackets, ForgottenNumbersAreStillDuplicates) {
  ReceivedPackets packets;
  for (PacketNumber pn = 0; pn < 600; ++pn) packets.insert(pn);
  packets.forget_up_to(589);
  EXPECT_EQ(ranges_of(packets), (std::vector<PnRange>{{590, 599}}));
  EXPECT_FALSE(packets.insert(500));  // within the window
  EXPECT_FALSE(packets.insert(5));    // far below it: too old to tell
  packets.forget_up_to(5000);
  EXPECT_TRUE(packets.ranges().empty());
  EXPECT_EQ(packets.largest(), 599u);
  EXPECT_TRUE(packets.insert(600));
}

TEST(ReceivedPackets, LatePacketWithinTheWindowIsAcceptedAfterItsNeighboursWereForgotten) {
  ReceivedPackets packets;
  for (PacketNumber pn = 0; pn < 100; ++pn) {
    if (pn != 50) packets.insert(pn);
  }
  packets.forget_up_to(99);
  EXPECT_TRUE(packets.insert(50));
  EXPECT_FALSE(packets.insert(50));
  EXPECT_EQ(ranges_of(packets), (std::vector<PnRange>{{50, 50}}));
}

// [quic.md §7.1] At most 64 ranges; the lowest is dropped. [quic.md 90] ACK range floods.
TEST(ReceivedPackets, KeepsTheHighest64Ranges) {
  ReceivedPackets packets;
  for (PacketNumber pn = 0; pn < 2000; pn += 2) EXPECT_TRUE(packets.insert(pn));
  ASSERT_EQ(packets.ranges().size(), ReceivedPackets::ranges_max);
  EXPECT_EQ(packets.ranges().front(), (PnRange{1998, 1998}));
  EXPECT_EQ(packets.ranges().back(), (PnRange{1872, 1872}));
  EXPECT_FALSE(packets.insert(1));  // whether it arrived is no longer known
}

TEST(ReceivedPackets, AgreesWithASetOfNumbers) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    base::SeededRandom random(seed);
    ReceivedPackets packets;
    std::set<PacketNumber> twin;
    PacketNumber newest = 0;
    for (int step = 0; step < 2000; ++step) {
      newest += random.below(random.chance(1, 50) ? 400 : 3);
      const auto back = random.below(random.chance(1, 8) ? 500 : 4);
      const auto pn = newest > back ? newest - back : 0;
      const bool may_refuse =
          packets.largest() && pn < packets.floor() && *packets.largest() >= pn + ReceivedPackets::window_size;
      const bool accepted = packets.insert(pn);
      if (accepted) {
        ASSERT_TRUE(twin.insert(pn).second) << "a duplicate was accepted";
      } else if (!twin.contains(pn)) {
        ASSERT_TRUE(may_refuse) << "refused without need";
      }
      ASSERT_EQ(packets.largest(), *twin.rbegin());
      if (random.chance(1, 40)) packets.forget_up_to(newest - std::min<PacketNumber>(newest, random.below(300)));
      if (step % 20 != 0) continue;

      // Ranges: descending, apart, only of what arrived, and complete above the floor.
      PacketNumber above = UINT64_MAX;
      std::size_t listed = 0;
      for (const auto& range : packets.ranges()) {
        ASSERT_LE(range.first, range.last);
        ASSERT_LT(range.last, above - 1);
        above = range.first;
        for (auto n = range.first; n <= range.last; ++n) ASSERT_TRUE(twin.contains(n));
        if (range.last >= packets.floor()) listed += range.last - std::max(range.first, packets.floor()) + 1;
      }
      const auto expected = std::distance(twin.lower_bound(packets.floor()), twin.end());
      ASSERT_EQ(listed, static_cast<std::size_t>(expected));
      ASSERT_LE(packets.ranges().size(), ReceivedPackets::ranges_max);
    }
  }
}

}  // namespace
}  // namespace iroh::quic
