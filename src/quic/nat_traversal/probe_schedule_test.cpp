// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/nat_traversal/probe_schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "quic/nat_traversal/nat_traversal_fixture.hpp"

namespace iroh::quic {
namespace {

using base::microseconds;
using base::milliseconds;
using base::seconds;

constexpr auto rtt = milliseconds(333);

struct ProbeScheduleTest : testing::Test {
  base::SeededRandom random{1};
  ProbeSchedule schedule{4, rtt};

  std::vector<Probe> poll_all() {
    std::vector<Probe> probes;
    while (auto probe = schedule.poll(random)) probes.push_back(*probe);
    EXPECT_FALSE(schedule.has_probe());
    return probes;
  }
  std::vector<SocketAddr> poll_addresses() {
    std::vector<SocketAddr> addresses;
    for (const auto& probe : poll_all()) addresses.push_back(probe.to);
    return addresses;
  }
};
using Addresses = std::vector<SocketAddr>;

// [quic.md §9.2] scenario 46, [quic.md §5.6]
TEST_F(ProbeScheduleTest, RetriesAtTheTimesOfTheSpecification) {
  schedule.start_round(at({}));
  ASSERT_TRUE(schedule.add(at({}), v4(1)));
  std::vector<Duration> gaps;
  std::vector<Duration> sent_at;
  Instant now = at({});
  for (;;) {
    for (const auto& probe : poll_all()) {
      EXPECT_EQ(probe.to, v4(1));
      sent_at.push_back(now - at({}));
    }
    const auto deadline = schedule.deadline();
    if (!deadline) break;
    gaps.push_back(*deadline - now);
    now = *deadline;
    schedule.on_timeout(now);
  }
  const std::vector<Duration> expected_gaps{microseconds(33'300),    microseconds(33'300),  microseconds(66'600),
                                            microseconds(133'200),   microseconds(266'400), microseconds(532'800),
                                            microseconds(1'065'600), milliseconds(2000)};
  EXPECT_EQ(gaps, expected_gaps);
  // [quic.md 73] Nine transmissions, not one more.
  const std::vector<Duration> expected_times{milliseconds(0),         microseconds(33'300),    microseconds(66'600),
                                             microseconds(133'200),   microseconds(266'400),   microseconds(532'800),
                                             microseconds(1'065'600), microseconds(2'131'200), microseconds(4'131'200)};
  EXPECT_EQ(sent_at, expected_times);
}

TEST_F(ProbeScheduleTest, EveryProbeHasAFreshToken) {
  schedule.start_round(at({}));
  schedule.add(at({}), v4(1));
  schedule.add(at({}), v4(2));
  std::set<PathToken> tokens;
  std::size_t sent = 0;
  do {
    for (const auto& probe : poll_all()) tokens.insert(probe.token), ++sent;
    if (schedule.deadline()) schedule.on_timeout(*schedule.deadline());
  } while (schedule.has_probe());
  EXPECT_EQ(sent, 18u);
  EXPECT_EQ(tokens.size(), 18u);
  EXPECT_EQ(schedule.outstanding(), 18u);
}

TEST_F(ProbeScheduleTest, AllAddressesShareTheTicks) {
  schedule.start_round(at({}));
  schedule.add(at({}), v4(1));
  schedule.add(at({}), v4(2));
  EXPECT_EQ(poll_addresses(), (Addresses{v4(1), v4(2)}));
  schedule.on_timeout(at(milliseconds(33)));  // too early by 0.3 ms
  EXPECT_FALSE(schedule.has_probe());
  schedule.on_timeout(at(milliseconds(34)));
  EXPECT_EQ(poll_addresses(), (Addresses{v4(1), v4(2)}));
}

// [quic.md §5.3] With all nine attempts, from the next tick on; and only while the timer runs.
TEST_F(ProbeScheduleTest, WhoJoinsLaterIsProbedFromTheNextTickOn) {
  EXPECT_FALSE(schedule.join(v4(9)));
  schedule.start_round(at({}));
  schedule.add(at({}), v4(1));
  poll_all();
  schedule.on_timeout(*schedule.deadline());
  poll_all();
  EXPECT_TRUE(schedule.join(v4(2)));
  EXPECT_FALSE(schedule.join(v4(2)));
  EXPECT_FALSE(schedule.has_probe());
  std::size_t sent = 0;
  while (schedule.deadline()) {
    schedule.on_timeout(*schedule.deadline());
    sent += static_cast<std::size_t>(std::ranges::count(poll_addresses(), v4(2)));
  }
  EXPECT_EQ(sent, 9u);
  EXPECT_FALSE(schedule.join(v4(3)));
}

TEST_F(ProbeScheduleTest, ARoundWithoutAddressesEndsAtItsFirstTick) {
  schedule.start_round(at({}));
  ASSERT_EQ(schedule.deadline(), at(microseconds(33'300)));
  schedule.on_timeout(at(microseconds(33'300)));
  EXPECT_EQ(schedule.deadline(), std::nullopt);
}

TEST_F(ProbeScheduleTest, AnAddressAddedAfterTheTimerRanOutIsProbedWithANewSchedule) {
  schedule.start_round(at({}));
  schedule.on_timeout(at(seconds(1)));
  ASSERT_EQ(schedule.deadline(), std::nullopt);
  ASSERT_TRUE(schedule.add(at(seconds(5)), v4(1)));
  EXPECT_EQ(poll_addresses(), Addresses{v4(1)});
  EXPECT_EQ(schedule.deadline(), at(seconds(5) + microseconds(33'300)));
}

// [quic.md 75] The token and the address.
TEST_F(ProbeScheduleTest, AnAnswerCountsOnlyFromTheProbedAddress) {
  schedule.start_round(at({}));
  schedule.add(at({}), v4(1));
  const auto probe = schedule.poll(random).value();
  PathToken other = probe.token;
  other[0] ^= std::byte{1};
  EXPECT_FALSE(schedule.on_response(probe.token, v4(2)));
  EXPECT_FALSE(schedule.on_response(probe.token, v4(1, 1)));
  EXPECT_FALSE(schedule.on_response(other, v4(1)));
  EXPECT_TRUE(schedule.on_response(probe.token, v4(1)));  // the wrong answers have not used it up
  EXPECT_FALSE(schedule.on_response(probe.token, v4(1)));
}

TEST_F(ProbeScheduleTest, AnEarlierTokenOfTheRoundStillMatches) {
  schedule.start_round(at({}));
  schedule.add(at({}), v4(1));
  const auto first = schedule.poll(random).value();
  schedule.on_timeout(*schedule.deadline());
  poll_all();
  EXPECT_TRUE(schedule.on_response(first.token, v4(1)));
}

TEST_F(ProbeScheduleTest, AnAddressThatAnsweredIsProbedNoMore) {
  schedule.start_round(at({}));
  schedule.add(at({}), v4(1));
  schedule.add(at({}), v4(2));
  const auto probes = poll_all();
  schedule.on_timeout(*schedule.deadline());  // both are due again when the answer comes
  ASSERT_TRUE(schedule.on_response(probes[0].token, v4(1)));
  EXPECT_EQ(poll_addresses(), Addresses{v4(2)});
  EXPECT_FALSE(schedule.add(at({}), v4(1)));  // nor if it is named again in this round
}

// [quic.md 75]
TEST_F(ProbeScheduleTest, ANewRoundForgetsTheTokensOfTheLast) {
  schedule.start_round(at({}));
  schedule.add(at({}), v4(1));
  const auto old = schedule.poll(random).value();
  schedule.start_round(at(seconds(1)));
  schedule.add(at(seconds(1)), v4(1));
  EXPECT_FALSE(schedule.on_response(old.token, v4(1)));
  EXPECT_EQ(schedule.deadline(), at(seconds(1) + microseconds(33'300)));
}

// [quic.md 79]
TEST_F(ProbeScheduleTest, StopEndsEverything) {
  schedule.start_round(at({}));
  schedule.add(at({}), v4(1));
  const auto probe = schedule.poll(random).value();
  schedule.on_timeout(*schedule.deadline());
  schedule.stop();
  EXPECT_FALSE(schedule.has_probe());
  EXPECT_EQ(schedule.poll(random), std::nullopt);
  EXPECT_EQ(schedule.deadline(), std::nullopt);
  EXPECT_FALSE(schedule.on_response(probe.token, v4(1)));
  EXPECT_FALSE(schedule.add(at({}), v4(2)));
}

TEST_F(ProbeScheduleTest, ARemovedAddressIsProbedNoMoreButMayStillAnswer) {
  schedule.start_round(at({}));
  schedule.add(at({}), v4(1));
  const auto probe = schedule.poll(random).value();
  schedule.on_timeout(*schedule.deadline());
  schedule.remove(v4(1));
  EXPECT_FALSE(schedule.has_probe());
  EXPECT_TRUE(schedule.on_response(probe.token, v4(1)));
}

TEST_F(ProbeScheduleTest, NoMoreAddressesThanTheLimit) {
  schedule.start_round(at({}));
  for (std::uint8_t i = 1; i <= 4; ++i) EXPECT_TRUE(schedule.add(at({}), v4(i)));
  EXPECT_FALSE(schedule.add(at({}), v4(5)));
  EXPECT_EQ(poll_addresses().size(), 4u);
}

TEST_F(ProbeScheduleTest, APeerThatKeepsReplacingAddressesGetsNoMoreProbesInARound) {
  schedule.start_round(at({}));
  std::size_t sent = 0;
  for (std::uint16_t port = 1; port < 2000; ++port) {
    schedule.join(v4(1, port));
    if (schedule.deadline()) schedule.on_timeout(*schedule.deadline());
    sent += poll_all().size();
    schedule.remove(v4(1, port));
    schedule.add(at({}), v4(2, port));
    sent += poll_all().size();
    schedule.remove(v4(2, port));
  }
  EXPECT_EQ(sent, 4u * ProbeSchedule::attempts_max);
  EXPECT_EQ(schedule.deadline(), std::nullopt);
  EXPECT_LE(schedule.outstanding(), 4u * ProbeSchedule::attempts_max);
}

TEST_F(ProbeScheduleTest, AConnectionThatCannotSendRunsOutOfTicksAllTheSame) {
  schedule.start_round(at({}));
  schedule.add(at({}), v4(1));
  unsigned ticks = 0;
  while (schedule.deadline() && ticks < 100) schedule.on_timeout(*schedule.deadline()), ++ticks;
  EXPECT_EQ(ticks, 8u);
  EXPECT_EQ(poll_addresses().size(), 1u);
}

TEST(ProbeSchedule, ATickServedLateLeavesNoDeadlineInThePast) {
  base::SeededRandom random(2);
  for (const Duration initial_rtt : {Duration(0), Duration(milliseconds(1)), Duration(seconds(60))}) {
    ProbeSchedule schedule(2, initial_rtt);
    schedule.start_round(at({}));
    schedule.add(at({}), v4(1));
    Instant now = at(seconds(50));
    while (schedule.deadline()) {
      schedule.on_timeout(now);
      EXPECT_GT(schedule.deadline().value_or(Instant::max()), now);
      EXPECT_LE(schedule.deadline().value_or(now), now + ProbeSchedule::gap_max);
      now += seconds(3);
    }
  }
}

}  // namespace
}  // namespace iroh::quic
