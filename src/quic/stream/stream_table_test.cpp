// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/stream_table.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/random.hpp"
#include "quic/stream/send_scheduler.hpp"

namespace iroh::quic {
namespace {

StreamId id_of(std::uint64_t index) {
  return StreamId(Side::client, Dir::bi, index);
}

TEST(StreamTable, AgreesWithAMap) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    base::SeededRandom random(seed);
    StreamTable table;
    std::map<std::uint64_t, Stream*> twin;
    std::uint64_t next = 0;
    for (int step = 0; step < 2000; ++step) {
      if (twin.empty() || random.chance(twin.size() < 100 ? 3 : 1, 5)) {
        twin[next] = &table.add(next, std::make_unique<Stream>(id_of(next)));
        ++next;
      } else {
        const auto victim = std::next(twin.begin(), static_cast<std::ptrdiff_t>(random.below(twin.size())));
        table.remove(victim->first);
        twin.erase(victim);
      }
      const std::uint64_t asked = random.below(next + 2);
      const auto expected = twin.find(asked);
      ASSERT_EQ(table.find(asked), expected == twin.end() ? nullptr : expected->second);
      ASSERT_EQ(table.size(), twin.size());
    }
  }
}

struct SchedulerTest : ::testing::Test {
  Stream a{id_of(0)};
  Stream b{id_of(1)};
  Stream c{id_of(2)};
  SendScheduler scheduler;
};

TEST_F(SchedulerTest, TakesTurnsAmongEquals) {
  EXPECT_TRUE(scheduler.is_empty());
  scheduler.add(a);
  scheduler.add(b);
  scheduler.add(a);
  EXPECT_EQ(scheduler.next(), &a);
  scheduler.rotate(a);
  EXPECT_EQ(scheduler.next(), &b);
  scheduler.rotate(b);
  EXPECT_EQ(scheduler.next(), &a);
  scheduler.remove(a);
  EXPECT_EQ(scheduler.next(), &b);
  scheduler.remove(b);
  EXPECT_EQ(scheduler.next(), nullptr);
}

TEST_F(SchedulerTest, PrefersHigherPriorities) {
  scheduler.set_priority(a, -1);
  scheduler.set_priority(c, 5);
  scheduler.add(a);
  scheduler.add(b);
  scheduler.add(c);
  EXPECT_EQ(scheduler.next(), &c);
  scheduler.rotate(c);
  EXPECT_EQ(scheduler.next(), &c);
  scheduler.remove(c);
  EXPECT_EQ(scheduler.next(), &b);
  scheduler.set_priority(a, 1);
  EXPECT_EQ(scheduler.next(), &a);
  scheduler.set_priority(a, -1);
  EXPECT_EQ(scheduler.next(), &b);
  scheduler.remove(b);
  EXPECT_EQ(scheduler.next(), &a);
  scheduler.remove(a);
  EXPECT_TRUE(scheduler.is_empty());
  scheduler.add(c);
  EXPECT_EQ(scheduler.next(), &c);
}

}  // namespace
}  // namespace iroh::quic
