// SPDX-License-Identifier: MIT OR Apache-2.0
// What a link does to packets, in numbers. The bounds of the random ones are five standard deviations wide.
#include "tests/sim/link.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/sim/test_pair.hpp"

namespace iroh::sim {
namespace {

using base::microseconds;
using base::milliseconds;
using base::seconds;

void expect_share(std::uint64_t count, std::uint64_t of, double probability) {
  const double expected = static_cast<double>(of) * probability;
  const double deviation = std::sqrt(expected * (1 - probability));
  EXPECT_NEAR(static_cast<double>(count), expected, 5 * deviation);
}

TEST(Link, DelaysByExactlyItsDelay) {
  TestPair pair(1, {.delay = milliseconds(37)});
  const auto sent_at = pair.world.now();
  pair.send(1000, 1000);
  pair.world.run_for(seconds(1));
  ASSERT_EQ(pair.reader.arrivals.size(), 1u);
  EXPECT_EQ(pair.reader.arrivals[0].at - sent_at, milliseconds(37));
  EXPECT_EQ(pair.stats().delivered, 1u);
  EXPECT_EQ(pair.stats().delivered_bytes, 1028u);
  EXPECT_EQ(pair.link.from(pair.right).stats().sent, 0u);
}

TEST(Link, SpreadsArrivalsOverItsJitterWithoutReordering) {
  TestPair pair(2, {.delay = milliseconds(10), .jitter = milliseconds(20)});
  base::Duration least = seconds(1);
  base::Duration most{0};
  for (int i = 0; i < 500; ++i) {
    const auto sent_at = pair.world.now();
    pair.send(100, 100);
    pair.world.run_for(milliseconds(50));
    ASSERT_EQ(pair.reader.arrivals.size(), static_cast<std::size_t>(i + 1));
    least = std::min(least, pair.reader.arrivals.back().at - sent_at);
    most = std::max(most, pair.reader.arrivals.back().at - sent_at);
  }
  EXPECT_GE(least, milliseconds(10));
  EXPECT_LT(least, milliseconds(11));
  EXPECT_LE(most, milliseconds(30));
  EXPECT_GT(most, milliseconds(29));

  pair.right.config().coalesces = false;
  pair.reader.arrivals.clear();
  pair.next_byte = 0;
  pair.send_many(200, 1);
  pair.world.run_for(seconds(1));
  ASSERT_EQ(pair.reader.arrivals.size(), 200u);
  for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(pair.reader.arrivals[i].bytes[0], static_cast<std::byte>(i));
}

TEST(Link, LosesItsShareOfPackets) {
  for (const double loss : {0.01, 0.3}) {
    TestPair pair(3, {.loss = loss});
    pair.send_many(20'000, 50);
    pair.world.run_for(seconds(1));
    expect_share(pair.stats().lost, 20'000, loss);
    EXPECT_EQ(pair.stats().lost + pair.reader.datagrams(), 20'000u);
    EXPECT_EQ(pair.world.trace().count(Fate::lost), pair.stats().lost);
  }
}

TEST(Link, DuplicatesItsShareOfPackets) {
  TestPair pair(4, {.duplicate = 0.1});
  pair.send_many(10'000, 50);
  pair.world.run_for(seconds(1));
  expect_share(pair.stats().duplicated, 10'000, 0.1);
  EXPECT_EQ(pair.reader.datagrams(), 10'000 + pair.stats().duplicated);
}

TEST(Link, LetsLaterPacketsOvertakeThoseHeldBack) {
  TestPair pair(5, {.reorder = 0.2, .reorder_delay = milliseconds(3)});
  pair.right.config().coalesces = false;
  std::vector<std::uint8_t> order;
  for (int i = 0; i < 250; ++i) {
    pair.send(1, 1);
    pair.world.run_for(milliseconds(1));
  }
  pair.world.run_for(seconds(1));
  ASSERT_EQ(pair.reader.arrivals.size(), 250u);
  std::uint64_t overtaken = 0;
  for (std::size_t i = 0; i + 1 < 250; ++i) {
    if (pair.reader.arrivals[i].bytes[0] > pair.reader.arrivals[i + 1].bytes[0]) ++overtaken;
  }
  expect_share(pair.stats().reordered, 250, 0.2);
  EXPECT_GT(overtaken, 10u);
  EXPECT_LE(overtaken, pair.stats().reordered);
}

TEST(Link, CarriesNoMoreThanItsRate) {
  // 1,222 bytes of payload are 1,250 on the wire: 10,000 bits, 1 ms at 10 Mbit/s.
  TestPair pair(6, {.delay = milliseconds(5), .rate_bits_per_second = 10'000'000, .queue_bytes = 1 << 20});
  const auto sent_at = pair.world.now();
  pair.send_many(100, 1222);
  pair.world.run_for(seconds(1));
  ASSERT_EQ(pair.reader.arrivals.size(), 100u);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(pair.reader.arrivals[static_cast<std::size_t>(i)].at - sent_at, milliseconds(5 + i + 1));
  }
  EXPECT_EQ(pair.stats().queue_bytes_max, 125'000u);
}

TEST(Link, DropsWhatItsQueueCannotHold) {
  TestPair pair(7, {.rate_bits_per_second = 10'000'000, .queue_bytes = 12'500});
  pair.send_many(100, 1222);
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.reader.datagrams(), 10u);
  EXPECT_EQ(pair.stats().dropped_queue, 90u);
  EXPECT_LE(pair.stats().queue_bytes_max, 12'500u);
  pair.send_many(1, 1222);  // the queue has drained
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.reader.datagrams(), 11u);
}

TEST(Link, DropsPacketsLargerThanItsMtu) {
  TestPair pair(8, {.mtu = 1280});
  pair.send(1252, 1252);
  pair.send(1253, 1253);
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.reader.datagrams(), 1u);
  EXPECT_EQ(pair.stats().dropped_mtu, 1u);

  const auto six = pair.left_platform->bind_udp(*SocketAddr::parse("[::]:1000"));
  const auto other_six = pair.right_platform->bind_udp(*SocketAddr::parse("[::]:2000"));
  Reader reader(pair.world, **other_six);
  const std::vector<std::byte> bytes(1233);
  const auto to = *SocketAddr::parse("[2001:db8::2]:2000");
  (*six)->send({to, {}, 0, std::span(bytes).first(1232), 1232});  // the IPv6 header is 20 bytes longer
  (*six)->send({to, {}, 0, bytes, 1233});
  pair.world.run_for(seconds(1));
  EXPECT_EQ(reader.datagrams(), 1u);
  EXPECT_EQ(pair.stats().dropped_mtu, 2u);
}

TEST(Link, BlocksOneDirectionAtATime) {
  TestPair pair(9);
  pair.link.from(pair.left).block();
  pair.send_many(3, 100);
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.reader.datagrams(), 0u);
  EXPECT_EQ(pair.stats().dropped_blocked, 3u);

  Reader back(pair.world, *pair.left_socket);
  const std::vector<std::byte> bytes(10);
  pair.right_socket->send({*SocketAddr::parse("192.0.2.1:1000"), {}, 0, bytes, 10});
  pair.link.from(pair.left).unblock();
  pair.send_many(1, 100);
  pair.world.run_for(seconds(1));
  EXPECT_EQ(back.datagrams(), 1u);
  EXPECT_EQ(pair.reader.datagrams(), 1u);
}

TEST(Link, MarksOnlyEcnCapablePacketsBeyondTheThreshold) {
  TestPair pair(10, {.rate_bits_per_second = 10'000'000, .queue_bytes = 1 << 20, .ce_threshold_bytes = 5'000});
  pair.right.config().coalesces = false;
  for (int i = 0; i < 10; ++i) pair.send(1222, 1222, net::ecn_ect0);
  pair.world.run_for(seconds(1));
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(pair.reader.arrivals[i].ecn, i <= 4 ? net::ecn_ect0 : net::ecn_ce) << i;
  }
  EXPECT_EQ(pair.stats().marked, 5u);

  pair.reader.arrivals.clear();
  pair.send_many(10, 1222);
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.reader.arrivals.back().ecn, net::ecn_not_ect);
  EXPECT_EQ(pair.stats().marked, 5u);

  pair.link.set_config({.clears_ecn = true});
  pair.send(100, 100, net::ecn_ect0);
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.reader.arrivals.back().ecn, net::ecn_not_ect);
}

TEST(Link, GathersArrivalsWithinItsGranularity) {
  TestPair pair(11, {.rate_bits_per_second = 100'000'000, .arrival_granularity = milliseconds(1)});
  pair.send(45 * 1222, 1222);  // 4.5 ms on the line
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.reader.datagrams(), 45u);
  EXPECT_EQ(pair.reader.arrivals.size(), 5u);
}

}  // namespace
}  // namespace iroh::sim
