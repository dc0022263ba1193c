// SPDX-License-Identifier: MIT OR Apache-2.0
// What every controller has to do, and then the growth curves of each.
#include <gtest/gtest.h>

#include <cmath>

#include "quic/congestion/cubic.hpp"
#include "quic/congestion/new_reno.hpp"
#include "quic/congestion/test_values.hpp"
#include "quic/connection/config.hpp"
#include "quic/recovery/rtt_estimator.hpp"
#include "quic/test_values.hpp"

namespace iroh::quic {
namespace {

RttEstimator steady_rtt(Duration rtt) {
  RttEstimator estimator;
  for (int i = 0; i < 50; ++i) estimator.on_sample(rtt, Duration::zero());
  return estimator;
}

class EveryController : public testing::TestWithParam<CongestionAlgorithm> {
 protected:
  std::unique_ptr<CongestionController> controller = make_congestion_controller(GetParam(), mtu);
  RttEstimator rtt = steady_rtt(100 * ms);
  double factor = GetParam() == CongestionAlgorithm::cubic ? 0.7 : 0.5;

  void ack(Instant now, Instant sent, std::uint64_t bytes, bool app_limited = false) {
    controller->on_ack(now, {.bytes = bytes, .newest_sent_time = sent, .app_limited = app_limited}, rtt);
  }
};
INSTANTIATE_TEST_SUITE_P(All, EveryController,
                         testing::Values(CongestionAlgorithm::cubic, CongestionAlgorithm::new_reno),
                         [](const auto& each) {
                           return each.param == CongestionAlgorithm::cubic ? "Cubic" : "NewReno";
                         });

// [quic.md §7.4] Initial window 12 000 bytes; slow start adds what was acknowledged.
TEST_P(EveryController, StartsWithTwelveThousandBytesInSlowStart) {
  EXPECT_EQ(controller->window(), 12'000u);
  EXPECT_TRUE(controller->is_in_slow_start());
  ack(start + 100 * ms, start, 12'000);
  EXPECT_EQ(controller->window(), 24'000u);
}

TEST_P(EveryController, DoesNotGrowWhenTheApplicationIsTheLimit) {
  ack(start + 100 * ms, start, 12'000, true);
  EXPECT_EQ(controller->window(), 12'000u);
}

TEST_P(EveryController, ReducesOncePerRecoveryPeriod) {
  ack(start, start - 100 * ms, 88'000);
  ASSERT_EQ(controller->window(), 100'000u);
  EXPECT_TRUE(controller->on_congestion_event(start, {.newest_sent_time = start - 50 * ms, .bytes = 1200}));
  const auto reduced = controller->window();
  EXPECT_EQ(reduced, static_cast<std::uint64_t>(100'000 * factor));
  EXPECT_FALSE(controller->is_in_slow_start());
  EXPECT_FALSE(controller->on_congestion_event(start + ms, {.newest_sent_time = start - 10 * ms, .bytes = 1200}));
  EXPECT_EQ(controller->window(), reduced);
  // [RFC 9002 §7.3.2] Nor does it grow by what was sent before.
  ack(start + 50 * ms, start - ms, 100'000);
  EXPECT_EQ(controller->window(), reduced);
  EXPECT_TRUE(controller->on_congestion_event(start + 120 * ms, {.newest_sent_time = start + ms, .bytes = 1200}));
  EXPECT_LT(controller->window(), reduced);
}

TEST_P(EveryController, NeverFallsBelowTwoDatagrams) {
  for (int i = 0; i < 30; ++i) {
    const auto now = start + i * 100 * ms;
    controller->on_congestion_event(now, {.newest_sent_time = now - ms, .bytes = 1200});
  }
  EXPECT_EQ(controller->window(), 2u * mtu);
  controller->on_mtu_update(1452);
  EXPECT_EQ(controller->window(), 2u * 1452);
}

// [RFC 9002 §7.6.2]
TEST_P(EveryController, PersistentCongestionLeavesTwoDatagramsAndSlowStart) {
  ack(start, start - 100 * ms, 88'000);
  EXPECT_TRUE(
      controller->on_congestion_event(start, {.newest_sent_time = start - ms, .bytes = 50'000, .is_persistent = true}));
  EXPECT_EQ(controller->window(), 2u * mtu);
  EXPECT_TRUE(controller->is_in_slow_start());
  controller->on_spurious_congestion_event();
  EXPECT_EQ(controller->window(), 2u * mtu);
  ack(start + 100 * ms, start + ms, 2400);
  EXPECT_EQ(controller->window(), 4u * mtu);
}

// [quic.md §7.3]
TEST_P(EveryController, UndoRestoresWindowAndSlowStart) {
  ack(start, start - 100 * ms, 88'000);
  controller->on_congestion_event(start, {.newest_sent_time = start - ms, .bytes = 1200});
  controller->on_spurious_congestion_event();
  EXPECT_EQ(controller->window(), 100'000u);
  EXPECT_TRUE(controller->is_in_slow_start());
  controller->on_spurious_congestion_event();
  EXPECT_EQ(controller->window(), 100'000u);
}

// [quic.md §7.4] ECN-CE = loss, but without undo.
TEST_P(EveryController, CongestionMarksAreNotUndone) {
  ack(start, start - 100 * ms, 88'000);
  EXPECT_TRUE(controller->on_congestion_event(start, {.newest_sent_time = start - ms, .is_ecn = true}));
  const auto reduced = controller->window();
  EXPECT_LT(reduced, 100'000u);
  controller->on_spurious_congestion_event();
  EXPECT_EQ(controller->window(), reduced);
}

// [quic.md §4.12] A moved path of the same host inherits.
TEST_P(EveryController, CloneIsIndependent) {
  ack(start, start - 100 * ms, 88'000);
  const auto copy = controller->clone();
  controller->on_congestion_event(start, {.newest_sent_time = start - ms, .bytes = 1200});
  EXPECT_EQ(copy->window(), 100'000u);
}

// [RFC 9002 §7.3.3] One datagram per acknowledged window.
TEST(NewReno, GrowsByOneDatagramPerWindow) {
  NewReno reno(mtu, 100'000);
  const auto rtt = steady_rtt(100 * ms);
  reno.on_congestion_event(start, {.newest_sent_time = start - ms, .bytes = 1200});
  ASSERT_EQ(reno.window(), 50'000u);
  reno.on_ack(start + 100 * ms, {.bytes = 49'999, .newest_sent_time = start + ms}, rtt);
  EXPECT_EQ(reno.window(), 50'000u);
  reno.on_ack(start + 100 * ms, {.bytes = 1, .newest_sent_time = start + ms}, rtt);
  EXPECT_EQ(reno.window(), 51'200u);
}

/// Acknowledges a full window per round trip; returns the window after each round.
std::vector<double> rounds(Cubic& cubic, Instant now, Duration round_trip, int count) {
  const auto rtt = steady_rtt(round_trip);
  std::vector<double> windows;
  for (int i = 0; i < count; ++i) {
    const auto window = cubic.window();
    for (std::uint64_t acked = 0; acked < window; acked += 12'000) {
      cubic.on_ack(now, {.bytes = std::min<std::uint64_t>(12'000, window - acked), .newest_sent_time = now}, rtt);
    }
    now += round_trip;
    windows.push_back(static_cast<double>(cubic.window()));
  }
  return windows;
}

// [RFC 9438 §4.2] W(t) = C (t - K)^3 + W_max in datagrams, K = cbrt(W_max (1 - beta) / C).
TEST(Cubic, FollowsTheCubicCurve) {
  const double window_max = 1'000.0 * mtu;
  Cubic cubic(mtu, static_cast<std::uint64_t>(window_max));
  cubic.on_congestion_event(start, {.newest_sent_time = start - ms, .bytes = 1200});
  ASSERT_EQ(cubic.window(), 840'000u);
  const double k = std::cbrt(1'000 * 0.3 / 0.4);
  const auto windows = rounds(cubic, start + 100 * ms, 100 * ms, 150);
  for (std::size_t i = 5; i < windows.size(); ++i) {
    const double t = 0.1 * static_cast<double>(i + 1);
    const double expected = window_max + 0.4 * std::pow(t - k, 3) * mtu;
    EXPECT_NEAR(windows[i], expected, 0.02 * expected) << "round " << i;
  }
  EXPECT_GT(windows.back(), window_max);
}

// [RFC 9438 §4.3] On short and slow paths it is no slower than Reno with the same decrease.
TEST(Cubic, GrowsAtLeastLikeReno) {
  Cubic cubic(mtu, 20u * mtu);
  cubic.on_congestion_event(start, {.newest_sent_time = start - ms, .bytes = 1200});
  const auto windows = rounds(cubic, start + 5 * ms, 5 * ms, 10);
  const double reno = 14.0 * mtu + 10 * 0.529 * mtu;
  EXPECT_NEAR(windows.back(), reno, 3.0 * mtu);
}

// [RFC 9438 §4.3] Beyond the window it had before, as fast as Reno: 11.3 round trips up to there, then a datagram each.
TEST(Cubic, GrowsLikeRenoItselfBeyondTheFormerWindow) {
  Cubic cubic(mtu, 20u * mtu);
  cubic.on_congestion_event(start, {.newest_sent_time = start - ms, .bytes = 1200});
  const auto windows = rounds(cubic, start + 5 * ms, 5 * ms, 40);
  EXPECT_NEAR(windows.back(), (20.0 + 40 - 11.3) * mtu, 3.0 * mtu);
}

// [quic.md §7.4] In whole MTU steps.
TEST(Cubic, GrowsInWholeDatagrams) {
  Cubic cubic(mtu, 100u * mtu);
  cubic.on_congestion_event(start, {.newest_sent_time = start - ms, .bytes = 1200});
  const auto before = cubic.window();
  for (const double window : rounds(cubic, start + 50 * ms, 50 * ms, 30)) {
    EXPECT_EQ((static_cast<std::uint64_t>(window) - before) % mtu, 0u);
  }
}

// [RFC 9438 §4.7] Fast convergence: a second loss below the former maximum lowers the plateau.
TEST(Cubic, ConvergesFastWhenLosingBelowTheFormerMaximum) {
  Cubic once(mtu, 1'000u * mtu);
  once.on_congestion_event(start, {.newest_sent_time = start - ms, .bytes = 1200});
  Cubic twice(mtu, 1'000u * mtu);
  twice.on_congestion_event(start - 200 * ms, {.newest_sent_time = start - 201 * ms, .bytes = 1200});
  twice.on_congestion_event(start, {.newest_sent_time = start - ms, .bytes = 1200});
  ASSERT_EQ(twice.window(), 588'000u);
  // The plateau lies at 700 x 0.85 = 595 datagrams, reached after about 6.4 s; without convergence it would be 700.
  const auto windows = rounds(twice, start + 100 * ms, 100 * ms, 65);
  EXPECT_NEAR(windows[60], 714'000, 0.02 * 714'000);
}

// [RFC 9438 §5.8] Time without traffic is no time to grow in.
TEST(Cubic, DoesNotJumpAfterIdleTime) {
  Cubic cubic(mtu, 1'000u * mtu);
  cubic.on_congestion_event(start, {.newest_sent_time = start - ms, .bytes = 1200});
  const auto before = rounds(cubic, start + 100 * ms, 100 * ms, 20).back();
  const auto later = start + base::seconds(60);
  cubic.on_burst_started(later);
  const auto after = rounds(cubic, later + 100 * ms, 100 * ms, 1).back();
  EXPECT_LT(after, before * 1.05);
}

TEST(Cubic, DoesNotJumpAfterTimesOfSlowWriting) {
  Cubic cubic(mtu, 1'000u * mtu);
  const auto rtt = steady_rtt(100 * ms);
  cubic.on_congestion_event(start, {.newest_sent_time = start - ms, .bytes = 1200});
  const auto before = rounds(cubic, start + 100 * ms, 100 * ms, 20).back();
  for (int i = 30; i < 600; ++i) {
    const auto now = start + i * 100 * ms;
    cubic.on_ack(now, {.bytes = 1200, .newest_sent_time = now - 100 * ms, .app_limited = true}, rtt);
  }
  const auto after = rounds(cubic, start + base::seconds(60), 100 * ms, 1).back();
  EXPECT_LT(after, before * 1.05);
}

// [RFC 9406] Feeds rounds of ten samples; the window must stop doubling once the round-trip time has risen.
TEST(Cubic, LeavesSlowStartWhenTheRoundTripTimeRises) {
  Cubic cubic(mtu);
  auto now = start;
  const auto round = [&](Duration latest) {
    RttEstimator rtt;
    rtt.on_sample(latest, Duration::zero());
    const auto before = cubic.window();
    for (int i = 0; i < 10; ++i) {
      cubic.on_ack(now, {.bytes = before / 10, .newest_sent_time = now - latest}, rtt);
      now += latest / 10;
    }
    return static_cast<double>(cubic.window()) / static_cast<double>(before);
  };
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(round(100 * ms), 2.0, 0.01);
  round(120 * ms);                                                       // noticed within this round
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(round(120 * ms), 1.25, 0.06);  // conservative
  for (int i = 0; i < 6; ++i) round(120 * ms);
  EXPECT_FALSE(cubic.is_in_slow_start());
}

TEST(HyStart, JitterSendsItBackToSlowStart) {
  HyStart hystart;
  auto now = start;
  const auto round = [&](Duration rtt) {
    for (int i = 0; i < 10; ++i, now += 10 * ms) hystart.on_ack(now, i == 0 ? now : start - ms, rtt);
  };
  round(100 * ms);
  round(100 * ms);
  round(115 * ms);
  EXPECT_EQ(hystart.phase(), HyStart::Phase::conservative);
  EXPECT_EQ(hystart.growth(1000), 250u);
  round(100 * ms);
  EXPECT_EQ(hystart.phase(), HyStart::Phase::slow_start);
  EXPECT_EQ(hystart.growth(1000), 1000u);
}

TEST(HyStart, SmallRisesAreIgnored) {
  HyStart hystart;
  auto now = start;
  for (const auto rtt : {10 * ms, 13 * ms, 16 * ms, 19 * ms}) {  // below 4 ms each
    for (int i = 0; i < 10; ++i, now += 10 * ms) hystart.on_ack(now, i == 0 ? now : start - ms, rtt);
  }
  EXPECT_EQ(hystart.phase(), HyStart::Phase::slow_start);
}

}  // namespace
}  // namespace iroh::quic
