// SPDX-License-Identifier: MIT OR Apache-2.0
// BBR's parts one by one; whole flows are in recovery/flow_simulation_test.cpp.
#include "quic/congestion/bbr.hpp"

#include <gtest/gtest.h>

#include "quic/congestion/bbr_bounds.hpp"
#include "quic/congestion/bbr_model.hpp"
#include "quic/congestion/test_values.hpp"
#include "quic/recovery/rtt_estimator.hpp"
#include "quic/test_values.hpp"

namespace iroh::quic {
namespace {

/// An ideal path of 10 MB/s and 100 ms: what is sent in a round arrives in the next, as ten ACKs.
class BbrTest : public testing::Test {
 protected:
  static constexpr std::uint64_t rate_of_path = 10'000'000;
  Bbr bbr{mtu};
  RttEstimator rtt;
  Instant now = start;
  std::uint64_t delivered = 0;

  BbrTest() { rtt.on_sample(100 * ms, Duration::zero()); }

  DeliverySample sample(std::uint64_t bytes, std::uint64_t rate) {
    delivered += bytes;
    return {.rate = rate,
            .delivered = std::min(bytes * 10, delivered),
            .delivered_total = delivered,
            .delivered_before = delivered - std::min(bytes * 10, delivered),
            .in_flight_at_send = bytes * 10,
            .rtt = 100 * ms};
  }
  void ack(const DeliverySample& what, std::uint64_t bytes) {
    bbr.on_ack(now,
               {.bytes = bytes,
                .newest_sent_time = now - 100 * ms,
                .in_flight = bbr.is_in_slow_start() ? rate_of_path / 5 : bytes * 9,  // startup leaves a queue
                .in_flight_at_last_send = bbr.window(),
                .delivery = &what},
               rtt);
  }
  /// A tenth of a round trip in which the window, but no more than the path takes, is delivered.
  void step(std::uint64_t window) {
    const auto bytes = std::min<std::uint64_t>(window, rate_of_path / 10) / 10;
    now += 10 * ms;
    ack(sample(bytes, bytes * 100), bytes);
  }
  void round() {
    const auto window = bbr.window();
    for (int i = 0; i < 10; ++i) step(window);
  }
  void rounds_until(Bbr::State state, int at_most = 100) {
    while (bbr.is_in_slow_start() && state != Bbr::State::startup && at_most-- > 0) {
      const auto window = bbr.window();
      for (int i = 0; i < 10 && bbr.is_in_slow_start(); ++i) step(window);
    }
    for (int i = 0; i < 10 * at_most && bbr.state() != state; ++i) step(bbr.window());
    ASSERT_EQ(bbr.state(), state);
  }
  LostPacket lost_packet(PacketNumber pn, std::uint64_t in_flight, std::uint64_t lost_since) {
    return {.pn = pn, .size = mtu, .in_flight_at_send = in_flight, .lost_since = lost_since};
  }
  bool lose(std::span<const LostPacket> packets) {
    return bbr.on_congestion_event(now, {.newest_sent_time = now - ms,
                                         .bytes = packets.size() * mtu,
                                         .in_flight = 500'000,
                                         .delivered_total = delivered,
                                         .packets = packets});
  }
};

// [quic.md §7.4] Initial window 12 000 bytes; startup sends 2.773 windows in a round trip.
TEST_F(BbrTest, StartsLikeTheOthersAndDoublesEachRound) {
  EXPECT_EQ(bbr.window(), initial_congestion_window);
  EXPECT_TRUE(bbr.is_in_slow_start());
  round();
  EXPECT_GE(bbr.window(), 23'000u);
  EXPECT_NEAR(static_cast<double>(*bbr.pacing_rate()), 2.773 * 120'000, 0.03 * 2.773 * 120'000);
  round();
  EXPECT_GE(bbr.window(), 45'000u);
}

// [draft-ietf-ccwg-bbr §5.3.1.2] Three rounds without a quarter more.
TEST_F(BbrTest, LeavesStartupWhenThePipeIsFull) {
  rounds_until(Bbr::State::drain, 15);
  EXPECT_FALSE(bbr.is_in_slow_start());
  EXPECT_NEAR(static_cast<double>(bbr.bandwidth()), rate_of_path, 0.01 * rate_of_path);
  // Pacing at half the rate empties the queue.
  EXPECT_NEAR(static_cast<double>(*bbr.pacing_rate()), 0.5 * 0.99 * rate_of_path, 0.02 * rate_of_path);
  step(bbr.window());
  EXPECT_NE(bbr.state(), Bbr::State::drain);
}

// [quic.md §7.4] Gains 1.25 up, 0.9 down; windows 2.25 and 2 BDP.
TEST_F(BbrTest, CyclesThroughTheProbingStates) {
  rounds_until(Bbr::State::drain);
  rounds_until(Bbr::State::probe_cruise);
  const double bdp = rate_of_path / 10.0;
  EXPECT_NEAR(static_cast<double>(*bbr.pacing_rate()), 0.99 * rate_of_path, 0.01 * rate_of_path);
  const Instant cruising_from = now;
  rounds_until(Bbr::State::probe_refill);
  // [§5.3.3.5] After two to three seconds.
  EXPECT_GT(now - cruising_from, base::seconds(1));
  EXPECT_LT(now - cruising_from, base::seconds(4));
  rounds_until(Bbr::State::probe_up);
  EXPECT_NEAR(static_cast<double>(*bbr.pacing_rate()), 1.25 * 0.99 * rate_of_path, 0.02 * rate_of_path);
  round();
  EXPECT_GT(static_cast<double>(bbr.window()), 2.2 * bdp);
  rounds_until(Bbr::State::probe_down);
  EXPECT_NEAR(static_cast<double>(*bbr.pacing_rate()), 0.9 * 0.99 * rate_of_path, 0.02 * rate_of_path);
}

// [quic.md §7.4] Every 5 s without a smaller sample, for 200 ms at half a BDP.
TEST_F(BbrTest, ProbesTheRoundTripTime) {
  rounds_until(Bbr::State::probe_rtt, 70);
  EXPECT_GT(now - start, base::seconds(5));
  const Instant from = now;
  EXPECT_LE(bbr.window(), rate_of_path / 20 + 4u * mtu);
  for (int i = 0; i < 30 && bbr.state() == Bbr::State::probe_rtt; ++i) {
    now += 50 * ms;
    ack(sample(20'000, rate_of_path / 2), 20'000);
  }
  EXPECT_NE(bbr.state(), Bbr::State::probe_rtt);
  EXPECT_GE(now - from, 200 * ms);
  EXPECT_GE(bbr.window(), rate_of_path / 10) << "restored";
}

// [§5.5.10.3] Losses while cruising lower the rate to what arrives, not below 0.7 a round; the next probe forgets it.
TEST_F(BbrTest, SlowsDownUnderLossAndForgetsItAtTheNextProbe) {
  rounds_until(Bbr::State::probe_cruise);
  const auto before = bbr.bandwidth();
  for (int i = 0; i < 24; ++i) {
    const LostPacket packets[] = {lost_packet(static_cast<PacketNumber>(i), 900'000, mtu)};
    if (i % 12 == 0) lose(packets);
    now += 10 * ms;
    ack(sample(50'000, rate_of_path / 2), 50'000);
  }
  EXPECT_LT(bbr.bandwidth(), before);
  EXPECT_GE(bbr.bandwidth(), rate_of_path / 2);
  rounds_until(Bbr::State::probe_refill);
  EXPECT_EQ(bbr.bandwidth(), before);
}

// [§5.5.10.2] Two percent of what was in flight, lost in a probe: the probe ends, and the volume is remembered.
TEST_F(BbrTest, EndsAProbeThatLosesTooMuch) {
  rounds_until(Bbr::State::probe_up, 100);
  const LostPacket few[] = {lost_packet(1, 1'200'000, 10 * mtu)};
  lose(few);
  EXPECT_EQ(bbr.state(), Bbr::State::probe_up) << "one percent is tolerated";
  const LostPacket many[] = {lost_packet(7, 1'200'000, 30 * mtu)};
  lose(many);
  EXPECT_EQ(bbr.state(), Bbr::State::probe_down);
  EXPECT_LE(bbr.bounds().inflight_long, 1'200'000u);
  EXPECT_GE(bbr.bounds().inflight_long, 700'000u);
}

// [quic.md §7.3] [§5.5.11]
TEST_F(BbrTest, UndoTakesUpTheProbeAgain) {
  rounds_until(Bbr::State::probe_up, 100);
  const auto bounds = bbr.bounds();
  const LostPacket many[] = {lost_packet(7, 1'200'000, 30 * mtu)};
  lose(many);
  ASSERT_EQ(bbr.state(), Bbr::State::probe_down);
  bbr.on_spurious_congestion_event();
  EXPECT_EQ(bbr.state(), Bbr::State::probe_refill);
  EXPECT_EQ(bbr.bounds().inflight_long, bounds.inflight_long);
}

// [RFC 9002 §7.3.2] What was sent before the reaction belongs to the same event: undo covers all of it.
TEST_F(BbrTest, CountsOneEventPerRoundTrip) {
  rounds_until(Bbr::State::probe_cruise);
  const LostPacket packets[] = {lost_packet(1, 900'000, mtu)};
  EXPECT_TRUE(lose(packets));
  EXPECT_FALSE(lose(packets));
  now += 100 * ms;
  EXPECT_TRUE(lose(packets));
}

// [RFC 9002 §7.1] A mark ends startup, as it says that a queue has grown; it is not undone.
TEST_F(BbrTest, CongestionMarksEndStartup) {
  round();
  EXPECT_TRUE(bbr.on_congestion_event(now, {.newest_sent_time = now, .is_ecn = true, .in_flight = 20'000}));
  round();
  EXPECT_FALSE(bbr.is_in_slow_start());
  bbr.on_spurious_congestion_event();
  EXPECT_FALSE(bbr.is_in_slow_start());
}

// [RFC 9002 §7.6.2]
TEST_F(BbrTest, PersistentCongestionLeavesFourDatagramsUntilAcknowledgementsCome) {
  rounds_until(Bbr::State::probe_cruise);
  EXPECT_TRUE(bbr.on_congestion_event(
      now, {.newest_sent_time = now - ms, .bytes = 100'000, .is_persistent = true, .delivered_total = delivered}));
  EXPECT_EQ(bbr.window(), 4u * mtu);
  bbr.on_spurious_congestion_event();
  EXPECT_EQ(bbr.window(), 4u * mtu);
  for (int i = 0; i < 12; ++i) round();
  EXPECT_GE(bbr.window(), rate_of_path / 12);
}

// [§5.4.1] After a silence at the known rate, without probing.
TEST_F(BbrTest, RestartsFromIdleAtTheKnownRate) {
  rounds_until(Bbr::State::probe_up, 100);
  now += base::seconds(20);
  bbr.on_burst_started(now);
  EXPECT_NEAR(static_cast<double>(*bbr.pacing_rate()), 0.99 * rate_of_path, 0.02 * rate_of_path);
  round();
  EXPECT_NE(bbr.state(), Bbr::State::probe_rtt) << "the silence has drained the queue";
}

// What the application holds back must not pass for a slow path.
TEST_F(BbrTest, IgnoresSamplesThatTheApplicationLimited) {
  rounds_until(Bbr::State::probe_cruise);
  const auto before = bbr.bandwidth();
  for (int i = 0; i < 200; ++i) {
    now += 20 * ms;
    auto what = sample(1'000, 50'000);
    what.is_app_limited = true;
    ack(what, 1'000);
  }
  EXPECT_EQ(bbr.bandwidth(), before);
}

TEST_F(BbrTest, CloneStartsItsCountsAnew) {
  rounds_until(Bbr::State::probe_cruise);
  const auto copy = bbr.clone();
  EXPECT_EQ(copy->window(), bbr.window());
  delivered = 0;
  const auto& copied = dynamic_cast<const Bbr&>(*copy);
  for (int i = 0; i < 500 && copied.state() != Bbr::State::probe_up; ++i) {
    now += 10 * ms;
    const auto what = sample(50'000, rate_of_path);
    copy->on_ack(now, {.bytes = 50'000, .newest_sent_time = now, .in_flight = 400'000, .delivery = &what}, rtt);
  }
  EXPECT_EQ(copied.state(), Bbr::State::probe_up) << "without counted rounds refilling would never end";
}

TEST_F(BbrTest, NeverFallsBelowFourDatagrams) {
  rounds_until(Bbr::State::probe_cruise);
  for (int i = 0; i < 50; ++i) {
    const LostPacket packets[] = {lost_packet(static_cast<PacketNumber>(i), 10'000, 5'000)};
    lose(packets);
    now += 100 * ms;
    ack(sample(100, 10), 100);
    EXPECT_GE(bbr.window(), 4u * mtu);
    EXPECT_GT(*bbr.pacing_rate(), 0u);
  }
}

// ---- model and bounds

TEST(BbrModel, RemembersTheLargestBandwidthForTwoCycles) {
  BbrModel model;
  const auto see = [&](std::uint64_t rate, bool app_limited = false) {
    model.update_round_and_bandwidth({.rate = rate, .delivered_total = 1, .is_app_limited = app_limited});
  };
  see(100);
  see(50);
  see(70, true);
  EXPECT_EQ(model.max_bandwidth(), 100u);
  see(120, true);
  EXPECT_EQ(model.max_bandwidth(), 120u) << "more than was thought possible counts in any case";
  model.start_bandwidth_cycle();
  see(80);
  EXPECT_EQ(model.max_bandwidth(), 120u);
  model.start_bandwidth_cycle();
  EXPECT_EQ(model.max_bandwidth(), 80u);
  model.start_bandwidth_cycle();
  EXPECT_EQ(model.max_bandwidth(), 80u) << "an empty cycle does not count";
}

TEST(BbrModel, ForgetsTheSmallestRoundTripTimeAfterTenSeconds) {
  BbrModel model;
  model.update_min_rtt(start, 50 * ms);
  for (int i = 1; i <= 12; ++i) model.update_min_rtt(start + base::seconds(i), 80 * ms);
  EXPECT_EQ(model.min_rtt(), 80 * ms);
}

TEST(BbrModel, MeasuresAcknowledgementsInBunches) {
  BbrModel model;
  // 1 MB/s, acknowledged in bunches of 20 kB each 20 ms: 20 kB more at once than expected.
  for (int i = 0; i < 50; ++i) {
    model.update_round_and_bandwidth({.rate = 1'000'000, .delivered_total = static_cast<std::uint64_t>(i) * 20'000});
    model.update_aggregation(start + i * 20 * ms, 20'000, 1'000'000, 1'000'000, true);
  }
  EXPECT_GE(model.extra_acked(), 20'000u);
  EXPECT_LE(model.extra_acked(), 40'000u);
}

// [§5.5.10.2]
TEST(BbrBounds, FindsTheVolumeAtWhichLossesPassedTheThreshold) {
  // 100 kB in flight, of which 1 kB lost before this packet: after x more, (1000 + x) / (98 800 + x) = 2 %.
  const LostPacket packet{.size = 1'200, .in_flight_at_send = 100'000, .lost_since = 2'200};
  const double x = (0.02 * 98'800 - 1'000) / 0.98;
  EXPECT_NEAR(static_cast<double>(BbrBounds::inflight_at_loss(packet)), 98'800 + x, 1);
}

TEST(BbrBounds, LeavesHeadroomForOthers) {
  BbrBounds bounds;
  EXPECT_EQ(bounds.inflight_with_headroom(mtu, 4 * mtu), BbrBounds::none);
  bounds.inflight_long = 100'000;
  EXPECT_EQ(bounds.inflight_with_headroom(mtu, 4 * mtu), 85'000u);
  bounds.inflight_long = 5'000;
  EXPECT_EQ(bounds.inflight_with_headroom(mtu, 4 * mtu), 4u * mtu);
}

}  // namespace
}  // namespace iroh::quic
