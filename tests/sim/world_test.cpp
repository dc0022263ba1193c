// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/world.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <functional>

#include "tests/sim/test_pair.hpp"

namespace iroh::sim {
namespace {

using base::microseconds;
using base::milliseconds;
using base::seconds;
using std::chrono::hours;

struct Outcome {
  std::uint64_t hash;
  std::size_t datagrams;
  base::Instant last;
};

/// A busy run with every kind of chance in it.
Outcome busy_run(std::uint64_t seed) {
  TestPair pair(seed, {.jitter = milliseconds(3),
                       .loss = 0.05,
                       .duplicate = 0.02,
                       .reorder = 0.1,
                       .rate_bits_per_second = 20'000'000,
                       .queue_bytes = 30'000,
                       .ce = 0.1});
  const auto timer = pair.left_platform->make_timer();
  int rounds = 0;
  std::function<void()> again = [&] {
    const std::size_t size = 100 + pair.left_platform->random().below(1300);
    pair.send(size * (1 + pair.left_platform->random().below(10)), size, net::ecn_ect0);
    if (++rounds < 200) timer->arm(pair.world.now() + milliseconds(2), again);
  };
  again();
  pair.world.run_for(seconds(5));
  return {pair.world.trace().hash(), pair.reader.datagrams(), pair.reader.arrivals.back().at};
}

TEST(World, RepeatsARunExactlyFromItsSeed) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome first = busy_run(seed);
    const Outcome second = busy_run(seed);
    EXPECT_EQ(first.hash, second.hash);
    EXPECT_EQ(first.datagrams, second.datagrams);
    EXPECT_EQ(first.last, second.last);
    EXPECT_NE(first.hash, busy_run(seed + 100).hash);
  }
}

TEST(World, GivesEachHostRandomnessOfItsOwn) {
  World one(7);
  Host& first = one.add_host({});
  Host& second = one.add_host({});
  World other(7);
  Host& again = other.add_host({});
  const auto draw = first.random().next_u64();
  EXPECT_NE(draw, second.random().next_u64());
  EXPECT_EQ(draw, again.random().next_u64());  // another host more changes nothing
}

TEST(World, RunsTimersInTheOrderOfTheirDeadlines) {
  World world(1);
  const auto platform = world.platform(world.add_host({}));
  std::vector<int> order;
  std::vector<std::unique_ptr<net::Timer>> timers;
  for (const int delay : {30, 10, 20, 10}) {
    timers.push_back(platform->make_timer());
    timers.back()->arm(world.now() + milliseconds(delay), [&order, delay, number = static_cast<int>(timers.size())] {
      order.push_back(delay * 10 + number);
    });
  }
  world.run_for(milliseconds(29));
  EXPECT_EQ(order, (std::vector{102, 104, 203}));
  world.run_for(milliseconds(1));
  EXPECT_EQ(order.size(), 4u);
}

TEST(World, ShowsATimerExactlyItsDeadline) {
  World world(1);
  const auto platform = world.platform(world.add_host({}));
  const auto timer = platform->make_timer();
  base::Instant called_at{};
  timer->arm(world.now() + hours(24 * 365), [&] { called_at = platform->now(); });
  EXPECT_TRUE(world.run_until([&] { return called_at != base::Instant{}; }, hours(24 * 366)));
  EXPECT_EQ(called_at, base::Instant(hours(24 * 365)));
}

TEST(World, ReplacesAndCancelsTimers) {
  World world(1);
  const auto platform = world.platform(world.add_host({}));
  const auto timer = platform->make_timer();
  std::vector<int> calls;
  timer->arm(world.now() + seconds(1), [&] { calls.push_back(1); });
  timer->arm(world.now() + seconds(2), [&] { calls.push_back(2); });
  timer->arm(world.now() - seconds(2), [&] { calls.push_back(3); });
  world.run_for(seconds(5));
  EXPECT_EQ(calls, std::vector{3});

  const auto token = std::make_shared<int>();
  timer->arm(world.now(), [token, &calls] { calls.push_back(4); });
  // It fires, and its handler waits behind this one, which cancels it.
  world.events().run_due(world.now());
  timer->cancel();
  EXPECT_EQ(token.use_count(), 1);
  world.run_for(seconds(5));
  EXPECT_EQ(calls, std::vector{3});
}

TEST(World, StopsAtItsLimit) {
  World world(1);
  EXPECT_FALSE(world.run_until([] { return false; }, seconds(3)));
  EXPECT_EQ(world.now(), base::Instant(seconds(3)));
  EXPECT_TRUE(world.run_until([] { return true; }, seconds(3)));
  EXPECT_EQ(world.now(), base::Instant(seconds(3)));
}

TEST(World, LetsTimePassForCodeThatSpins) {
  World world(1);
  const auto platform = world.platform(world.add_host({}));
  const auto end = platform->now() + microseconds(20);
  bool is_over = false;
  std::function<void()> spin = [&] {
    is_over = platform->now() >= end;
    if (!is_over) boost::asio::post(world.context(), spin);
  };
  boost::asio::post(world.context(), spin);
  EXPECT_TRUE(world.run_until([&] { return is_over; }, seconds(1)));
  EXPECT_EQ(world.now(), end);
}

TEST(World, RunsHandlersThroughTheGivenExecutor) {
  TestPair pair(1);
  auto strand = boost::asio::make_strand(pair.world.context());
  const auto platform = pair.world.platform(pair.right, strand);
  const auto socket = platform->bind_udp(*SocketAddr::parse("0.0.0.0:0"));
  const auto timer = platform->make_timer();
  int on_strand = 0;
  const auto check = [&] { on_strand += strand.running_in_this_thread() ? 1 : 0; };
  (*socket)->async_wait(net::Wait::writable, check);
  timer->arm(platform->now(), check);
  pair.world.run_for(seconds(1));
  EXPECT_EQ(on_strand, 2);
}

TEST(World, TellsItsHookWhatHappensToPackets) {
  TestPair pair(1, {.mtu = 1000});
  std::vector<std::string> events;
  pair.world.trace().set_hook([&](const TraceEvent& event) {
    events.push_back(std::string(to_string(event.fate)) + " " + std::to_string(event.packet.payload.size()));
  });
  pair.send(900, 900);
  pair.send(1000, 1000);
  pair.world.run_for(seconds(1));
  EXPECT_EQ(events,
            (std::vector<std::string>{"sent 900", "sent 1000", "dropped: larger than the MTU 1000", "delivered 900"}));
}

TEST(World, EndsWithHandlersThatOwnTheirSocketsAndTimers) {
  std::weak_ptr<void> observers[3];
  {
    World world(1);
    const auto platform = world.platform(world.add_host({}));
    std::shared_ptr<net::UdpSocket> socket = *platform->bind_udp(*SocketAddr::parse("0.0.0.0:1"));
    socket->async_wait(net::Wait::readable, [socket] {});
    std::shared_ptr<net::UdpSocket> posted = *platform->bind_udp(*SocketAddr::parse("0.0.0.0:2"));
    posted->async_wait(net::Wait::writable, [posted] {});
    std::shared_ptr<net::Timer> timer = platform->make_timer();
    timer->arm(world.now() + seconds(1), [timer] {});
    observers[0] = socket;
    observers[1] = posted;
    observers[2] = timer;
  }
  for (const auto& observer : observers) EXPECT_TRUE(observer.expired());
}

}  // namespace
}  // namespace iroh::sim
