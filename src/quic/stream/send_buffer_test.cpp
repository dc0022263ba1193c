// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/send_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.hpp"
#include "quic/stream/test_packet.hpp"

namespace iroh::quic {
namespace {

using base::Interval;
using test::is_pattern;
using test::pattern_bytes;
using test::TestPacket;

/// Sends at most max bytes; which ones.
Interval send(SendBuffer& buffer, std::uint64_t max) {
  TestPacket packet(65'000);
  const Interval interval = buffer.next(max);
  buffer.write_to(packet.writer, interval);
  EXPECT_TRUE(is_pattern(interval.begin, packet.seal()));
  EXPECT_EQ(packet.writer.size(), interval.length());
  return interval;
}

TEST(SendBuffer, SendsInOrderAndOnce) {
  SendBuffer buffer;
  buffer.write(pattern_bytes(0, 3000));
  EXPECT_EQ(send(buffer, 1200), (Interval{0, 1200}));
  EXPECT_EQ(send(buffer, 1200), (Interval{1200, 2400}));
  EXPECT_EQ(send(buffer, 1200), (Interval{2400, 3000}));
  EXPECT_FALSE(buffer.has_pending());
  EXPECT_EQ(buffer.unacked(), 3000u);
  EXPECT_FALSE(buffer.is_fully_acked());
}

TEST(SendBuffer, TakesLargeSlicesWithoutCopyingAndHandsThemToThePacket) {
  SendBuffer buffer;
  const Bytes data = pattern_bytes(0, 2000);
  buffer.append(data);
  TestPacket packet(5000);
  buffer.write_to(packet.writer, buffer.next(2000));
  ASSERT_EQ(packet.writer.runs().size(), 1u);
  EXPECT_EQ(packet.writer.runs()[0].data, data.data());
}

TEST(SendBuffer, JoinsSmallWritesIntoOneRun) {
  SendBuffer buffer;
  for (std::uint64_t i = 0; i < 100; ++i) buffer.append(pattern_bytes(i * 10, 10));
  TestPacket packet(5000);
  buffer.write_to(packet.writer, buffer.next(2000));
  EXPECT_EQ(packet.writer.size(), 1000u);
  EXPECT_EQ(packet.writer.runs().size(), 1u);
}

TEST(SendBuffer, SendsLostDataFirst) {
  SendBuffer buffer;
  buffer.write(pattern_bytes(0, 3000));
  send(buffer, 1000);
  send(buffer, 1000);
  buffer.on_lost({0, 1000});
  EXPECT_TRUE(buffer.has_lost());
  EXPECT_EQ(send(buffer, 600), (Interval{0, 600}));
  EXPECT_EQ(send(buffer, 600), (Interval{600, 1000}));
  EXPECT_EQ(send(buffer, 600), (Interval{2000, 2600}));
}

TEST(SendBuffer, DoesNotResendWhatWasAcknowledgedMeanwhile) {
  SendBuffer buffer;
  buffer.write(pattern_bytes(0, 3000));
  send(buffer, 3000);
  buffer.on_acked({1000, 2000});
  buffer.on_lost({0, 3000});
  EXPECT_EQ(send(buffer, 5000), (Interval{0, 1000}));
  buffer.on_acked({2000, 3000});  // declared lost wrongly
  EXPECT_FALSE(buffer.has_pending());
  buffer.on_acked({0, 1000});
  EXPECT_TRUE(buffer.is_fully_acked());
}

TEST(SendBuffer, ReportsReleasedBytesOnce) {
  SendBuffer buffer;
  buffer.write(pattern_bytes(0, 3000));
  send(buffer, 3000);
  EXPECT_EQ(buffer.on_acked({1000, 2000}), 0u);
  EXPECT_EQ(buffer.on_acked({0, 1000}), 2000u);
  EXPECT_EQ(buffer.on_acked({0, 2000}), 0u);
  EXPECT_EQ(buffer.on_acked({2000, 3000}), 1000u);
  EXPECT_EQ(buffer.unacked(), 0u);
}

TEST(SendBuffer, ReleasesSlicesWhenTheyAreAcknowledged) {
  SendBuffer buffer;
  const Bytes data = pattern_bytes(0, 2000);
  buffer.append(data);
  send(buffer, 2000);
  EXPECT_FALSE(data.owner().get()->is_unique());
  buffer.on_acked({0, 2000});
  EXPECT_TRUE(data.owner().get()->is_unique());
}

TEST(SendBuffer, SaysHowMuchWasNeverSentWhenDiscarded) {
  SendBuffer buffer;
  buffer.write(pattern_bytes(0, 3000));
  send(buffer, 1000);
  EXPECT_EQ(buffer.discard(), 2000u);
  EXPECT_EQ(buffer.end(), 1000u);
  EXPECT_FALSE(buffer.has_pending());
  EXPECT_EQ(buffer.on_acked({0, 1000}), 0u);
  buffer.on_lost({0, 1000});
  EXPECT_FALSE(buffer.has_pending());
}

TEST(SendBuffer, AgreesWithANaiveTwinUnderRandomLoss) {
  enum class Byte : std::uint8_t { unsent, in_flight, lost, acked };
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    base::SeededRandom random(seed);
    SendBuffer buffer;
    std::vector<Byte> twin;
    std::vector<Interval> in_flight;
    for (int step = 0; step < 300; ++step) {
      switch (random.below(5)) {
        case 0: {
          if (step > 150) break;
          const std::size_t size = random.below(1500);
          const Bytes data = pattern_bytes(twin.size(), size);
          random.chance(1, 2) ? buffer.write(data) : buffer.append(data);
          twin.resize(twin.size() + size, Byte::unsent);
          break;
        }
        case 1:
        case 2: {
          const Interval sent = send(buffer, 1 + random.below(1400));
          if (sent.is_empty()) break;
          for (std::uint64_t i = sent.begin; i < sent.end; ++i) {
            ASSERT_TRUE(twin[i] == Byte::unsent || twin[i] == Byte::lost) << "seed " << seed;
            twin[i] = Byte::in_flight;
          }
          in_flight.push_back(sent);
          break;
        }
        default: {
          if (in_flight.empty()) break;
          const std::size_t which = random.below(in_flight.size());
          const Interval range = in_flight[which];
          const bool is_lost = random.chance(1, 3);
          if (is_lost) buffer.on_lost(range);
          if (!is_lost) buffer.on_acked(range);
          // A packet that was declared lost may be acknowledged later.
          if (!is_lost || random.chance(1, 2)) in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(which));
          for (std::uint64_t i = range.begin; i < range.end; ++i) {
            if (twin[i] != Byte::acked) twin[i] = is_lost ? Byte::lost : Byte::acked;
          }
        }
      }
      if (!random.chance(1, 4)) continue;
      std::uint64_t prefix = 0;
      while (prefix < twin.size() && twin[prefix] == Byte::acked) ++prefix;
      ASSERT_EQ(buffer.unacked(), twin.size() - prefix) << "seed " << seed;
      ASSERT_EQ(buffer.is_fully_acked(), prefix == twin.size()) << "seed " << seed;
      const bool has_lost = std::ranges::find(twin, Byte::lost) != twin.end();
      ASSERT_EQ(buffer.has_lost(), has_lost) << "seed " << seed;
      ASSERT_EQ(buffer.has_pending(), has_lost || std::ranges::find(twin, Byte::unsent) != twin.end())
          << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace iroh::quic
