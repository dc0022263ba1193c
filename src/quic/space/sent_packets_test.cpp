// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/space/sent_packets.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/random.hpp"

namespace iroh::quic {
namespace {

SentFrame stream_frame(std::uint64_t id) {
  return {.kind = SentFrame::Kind::stream, .id = id};
}

void insert(SentPackets& sent, PacketNumber pn, std::size_t frame_count = 1) {
  std::vector<SentFrame> frames(frame_count);
  for (auto& frame : frames) frame = stream_frame(pn);
  sent.insert(pn, SentPacket{.size = 1200}, frames);
}

std::size_t frames_of(const SentPackets& sent, PacketNumber pn) {
  std::vector<SentFrame> frames;
  sent.append_frames(*sent.find(pn), frames);
  for (const auto& frame : frames) EXPECT_EQ(frame.id, pn);
  return frames.size();
}

TEST(SentPackets, AllocatesNothingBeforeTheFirstPacket) {
  SentPackets sent;
  EXPECT_TRUE(sent.is_empty());
  EXPECT_EQ(sent.capacity(), 0u);
  EXPECT_EQ(sent.find(0), nullptr);
}

TEST(SentPackets, FindsPacketsAndTheirFrames) {
  SentPackets sent;
  insert(sent, 7, 0);
  insert(sent, 8, 3);
  insert(sent, 10, 1);
  EXPECT_EQ(sent.first(), 7u);
  EXPECT_EQ(sent.next(), 11u);
  EXPECT_EQ(frames_of(sent, 7), 0u);
  EXPECT_EQ(frames_of(sent, 8), 3u);
  EXPECT_EQ(sent.find(9), nullptr) << "a number that was left out";
  EXPECT_EQ(frames_of(sent, 10), 1u);
  EXPECT_EQ(sent.find(11), nullptr);
}

TEST(SentPackets, TrimStopsAtTheOldestOutstandingPacket) {
  SentPackets sent;
  for (PacketNumber pn = 0; pn < 5; ++pn) insert(sent, pn);
  sent.settle(1, true);
  sent.trim();
  EXPECT_EQ(sent.first(), 0u);
  sent.settle(0, false);
  sent.trim();
  EXPECT_EQ(sent.first(), 2u);
  EXPECT_EQ(sent.find(1), nullptr);
  for (PacketNumber pn = 2; pn < 5; ++pn) sent.settle(pn, true);
  sent.trim();
  EXPECT_TRUE(sent.is_empty());
  EXPECT_EQ(sent.next(), 5u);
}

// [performance.md §2.5] Doubles when full, shrinks to 32 when idle.
TEST(SentPackets, GrowsUnderLoadAndShrinksInQuietTimes) {
  SentPackets sent;
  for (PacketNumber pn = 0; pn < 1000; ++pn) insert(sent, pn);
  EXPECT_EQ(sent.capacity(), 1024u);
  for (PacketNumber pn = 0; pn < 1000; ++pn) sent.settle(pn, true);
  sent.trim();
  EXPECT_EQ(sent.capacity(), 1024u) << "the same burst may come again";
  for (PacketNumber pn = 1000; pn < 1010; ++pn) {
    insert(sent, pn);
    sent.settle(pn, true);
    sent.trim();
  }
  EXPECT_EQ(sent.capacity(), SentPackets::capacity_min);
  EXPECT_EQ(sent.frame_capacity(), SentPackets::capacity_min);
}

TEST(SentPackets, ASteadyFlowKeepsItsCapacity) {
  SentPackets sent;
  for (PacketNumber pn = 0; pn < 20'000; ++pn) {
    insert(sent, pn);
    if (pn < 100) continue;
    sent.settle(pn - 100, true);
    sent.trim();
  }
  EXPECT_EQ(sent.capacity(), 128u);
  EXPECT_EQ(sent.frame_capacity(), 128u);
}

// [quic.md 90] The span is bounded.
TEST(SentPackets, ReportsWhenTheSpanIsAtItsLimit) {
  SentPackets sent;
  insert(sent, 5);
  EXPECT_FALSE(sent.is_full_for(5 + SentPackets::span_max - 1));
  EXPECT_TRUE(sent.is_full_for(5 + SentPackets::span_max));
  sent.settle(5, true);
  sent.trim();
  EXPECT_FALSE(sent.is_full_for(5 + SentPackets::span_max));
}

TEST(SentPackets, ClearGoesOnWithTheNextNumber) {
  SentPackets sent;
  insert(sent, 0);
  insert(sent, 1);
  sent.clear();
  EXPECT_TRUE(sent.is_empty());
  EXPECT_EQ(sent.next(), 2u);
  insert(sent, 2, 2);
  EXPECT_EQ(frames_of(sent, 2), 2u);
}

TEST(SentPackets, AgreesWithAMap) {
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    base::SeededRandom random(seed);
    SentPackets sent;
    std::map<PacketNumber, std::size_t> twin;  // number of frames
    PacketNumber next = random.below(100);
    for (int step = 0; step < 3000; ++step) {
      if (twin.size() < 200 && random.chance(3, 5)) {
        next += random.chance(1, 20) ? random.below(40) : 0;
        const auto frames = random.chance(1, 10) ? random.below(8) : 1;
        insert(sent, next, frames);
        twin.emplace(next++, frames);
      } else if (!twin.empty()) {
        auto victim = twin.begin();
        std::advance(victim, random.below(random.chance(1, 3) ? twin.size() : std::min<std::size_t>(3, twin.size())));
        ASSERT_EQ(frames_of(sent, victim->first), victim->second);
        sent.settle(victim->first, random.chance(1, 2));
        twin.erase(victim);
        sent.trim();
        if (random.chance(1, 500)) sent.clear(), twin.clear();
      }
      ASSERT_EQ(sent.is_empty(), twin.empty());
      if (!twin.empty()) {
        ASSERT_EQ(sent.first(), twin.begin()->first);
      }
      if (step % 50 == 0) {
        for (auto pn = sent.first(); pn < sent.next(); ++pn) ASSERT_EQ(sent.find(pn) != nullptr, twin.contains(pn));
        for (const auto& [pn, frames] : twin) ASSERT_EQ(frames_of(sent, pn), frames);
      }
    }
  }
}

}  // namespace
}  // namespace iroh::quic
