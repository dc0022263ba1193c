// SPDX-License-Identifier: MIT OR Apache-2.0
// What flows achieve at one bottleneck: the use of the line, the queue, the shares. Figures for the decision about the
// default are in docs/adr/0010-congestion-default.md; tests/sim/scenarios repeats some with whole endpoints.
#include "quic/recovery/flow_simulation.hpp"

#include "quic/congestion/bbr.hpp"
#include "quic/test_values.hpp"

namespace iroh::quic {
namespace {

using enum CongestionAlgorithm;

struct Outcome {
  double use = 0;       // of the line, from 0 to 1
  double lost = 0;      // of the packets sent
  Duration rtt_mean{};  // of samples every 10 ms
};

/// One flow for so long, of which the first part is not counted.
Outcome run_alone(CongestionAlgorithm algorithm, const BottleneckConfig& config, Duration warm_up, Duration measured,
                  std::uint16_t packet_size = 1452) {
  FlowClock clock;
  Bottleneck bottleneck(clock, config, 7);
  SimulatedFlow flow(clock, bottleneck, algorithm, packet_size);
  const Instant start = clock.now();
  flow.start();
  clock.run_until(start + warm_up);
  const auto before = flow.received();
  Duration rtts{};
  std::int64_t samples = 0;
  for (Duration t{}; t < measured; t += 10 * ms, ++samples) {
    clock.run_until(start + warm_up + t + 10 * ms);
    rtts += flow.recovery().rtt().latest();
  }
  const double seconds = std::chrono::duration<double>(measured).count();
  const std::uint64_t rate =
      config.policer_bits_per_second > 0 ? config.policer_bits_per_second : config.bits_per_second;
  const auto& stats = flow.recovery().stats();
  return {.use = static_cast<double>(flow.received() - before) * 8 / seconds / static_cast<double>(rate),
          .lost = static_cast<double>(stats.lost_packets) / static_cast<double>(stats.sent_packets),
          .rtt_mean = rtts / samples};
}

void report(const char* what, CongestionAlgorithm algorithm, const Outcome& outcome) {
  constexpr const char* names[] = {"CUBIC", "NewReno", "BBRv3"};
  std::printf("%s, %s: %.1f %% of the line, %.2f %% lost, mean RTT %.1f ms\n", what,
              names[static_cast<std::size_t>(algorithm)], 100 * outcome.use, 100 * outcome.lost,
              std::chrono::duration<double, std::milli>(outcome.rtt_mean).count());
}

// Issue 4: 90 % of 1 Gbit/s at 100 ms within 3 s. In packets of 9 kB, so that it costs a sixth.
TEST(FlowSimulation, BbrFillsAGigabitOverAHundredMillisecondsWithinThreeSeconds) {
  const BottleneckConfig config{
      .bits_per_second = 1'000'000'000, .queue_bytes = 2'500'000, .round_trip = base::milliseconds(100)};
  const auto outcome = run_alone(bbr, config, 2700 * ms, 300 * ms, 8952);
  report("1 Gbit/s, 100 ms, third second", bbr, outcome);
  EXPECT_GE(outcome.use, 0.9);
}

// Issue 4: 80 % of 100 Mbit/s at 20 ms and 0.1 % random loss, with CUBIC's figure beside it.
TEST(FlowSimulation, BbrIsNotHeldBackByRandomLoss) {
  const BottleneckConfig config{.round_trip = 20 * ms, .loss = 0.001};
  const auto of_bbr = run_alone(bbr, config, 1000 * ms, 2000 * ms);
  const auto of_cubic = run_alone(cubic, config, 1000 * ms, 2000 * ms);
  report("100 Mbit/s, 20 ms, 0.1 % loss", bbr, of_bbr);
  report("100 Mbit/s, 20 ms, 0.1 % loss", cubic, of_cubic);
  EXPECT_GE(of_bbr.use, 0.8);
  EXPECT_GT(of_bbr.use, of_cubic.use);
}

class EachAlgorithm : public testing::TestWithParam<CongestionAlgorithm> {};
INSTANTIATE_TEST_SUITE_P(All, EachAlgorithm, testing::Values(cubic, new_reno, bbr), [](const auto& each) {
  return std::string(each.param == cubic ? "Cubic" : each.param == new_reno ? "NewReno" : "Bbr");
});

TEST_P(EachAlgorithm, FillsACleanLine) {
  const BottleneckConfig config{.bits_per_second = 50'000'000, .queue_bytes = 125'000, .round_trip = 20 * ms};
  const auto outcome = run_alone(GetParam(), config, 1000 * ms, 3000 * ms);
  report("50 Mbit/s, 20 ms", GetParam(), outcome);
  EXPECT_GE(outcome.use, 0.95);
}

TEST_P(EachAlgorithm, FillsALineWithJitter) {
  const BottleneckConfig config{
      .bits_per_second = 50'000'000, .queue_bytes = 250'000, .round_trip = 40 * ms, .jitter = 10 * ms};
  const auto outcome = run_alone(GetParam(), config, 1000 * ms, 3000 * ms);
  report("50 Mbit/s, 40 ms, 10 ms jitter", GetParam(), outcome);
  EXPECT_GE(outcome.use, 0.9);
}

TEST_P(EachAlgorithm, LivesWithAPolicer) {
  const BottleneckConfig config{.round_trip = 20 * ms, .policer_bits_per_second = 20'000'000, .policer_burst = 50'000};
  const auto outcome = run_alone(GetParam(), config, 1000 * ms, 4000 * ms);
  report("policed to 20 Mbit/s, 20 ms", GetParam(), outcome);
  EXPECT_GE(outcome.use, 0.75);
  EXPECT_LE(outcome.lost, 0.10);
}

// Issue 4: two flows of one kind share within 60:40, the second having come later.
TEST_P(EachAlgorithm, SharesWithOneOfItsKind) {
  const BottleneckConfig config{.bits_per_second = 10'000'000, .queue_bytes = 40'000, .round_trip = 20 * ms};
  FlowClock clock;
  Bottleneck bottleneck(clock, config, 7);
  SimulatedFlow first(clock, bottleneck, GetParam());
  SimulatedFlow second(clock, bottleneck, GetParam());
  const Instant start = clock.now();
  first.start();
  clock.run_until(start + base::seconds(2));
  second.start();
  clock.run_until(start + base::seconds(6));
  const auto first_before = first.received();
  const auto second_before = second.received();
  clock.run_until(start + base::seconds(20));
  const auto of_first = static_cast<double>(first.received() - first_before);
  const auto of_second = static_cast<double>(second.received() - second_before);
  const double share = of_first / (of_first + of_second);
  std::printf("share of the first flow: %.1f %%\n", 100 * share);
  EXPECT_GE(share, 0.4);
  EXPECT_LE(share, 0.6);
}

TEST(FlowSimulation, BbrKeepsTheQueueOfADeepBufferShort) {
  const BottleneckConfig config{.bits_per_second = 20'000'000, .queue_bytes = 1'000'000, .round_trip = 40 * ms};
  const auto outcome = run_alone(bbr, config, 1000 * ms, 4000 * ms);
  report("20 Mbit/s, 40 ms, 400 ms of buffer", bbr, outcome);
  EXPECT_GE(outcome.use, 0.9);
  EXPECT_LT(outcome.rtt_mean, 60 * ms);
}

TEST(FlowSimulation, BbrFollowsALineThatChangesItsRate) {
  FlowClock clock;
  Bottleneck bottleneck(clock, {.bits_per_second = 20'000'000, .queue_bytes = 100'000, .round_trip = 20 * ms}, 7);
  SimulatedFlow flow(clock, bottleneck, bbr);
  const auto rate_over = [&](Duration time) {
    const auto before = flow.received();
    clock.run_until(clock.now() + time);
    return static_cast<double>(flow.received() - before) * 8 / std::chrono::duration<double>(time).count();
  };
  flow.start();
  rate_over(base::seconds(2));
  bottleneck.config().bits_per_second = 5'000'000;
  rate_over(base::seconds(4));
  const auto lost_before = flow.recovery().stats().lost_packets;
  EXPECT_GE(rate_over(base::seconds(2)), 0.85 * 5'000'000);
  EXPECT_LT(flow.recovery().stats().lost_packets - lost_before, 40u);
  bottleneck.config().bits_per_second = 20'000'000;
  rate_over(base::seconds(6));
  EXPECT_GE(rate_over(base::seconds(2)), 0.85 * 20'000'000);
}

// A longer path must not be mistaken for a queue for ever: the minimum is forgotten after ten seconds.
TEST(FlowSimulation, BbrLearnsThatThePathHasBecomeLonger) {
  FlowClock clock;
  Bottleneck bottleneck(clock, {.bits_per_second = 5'000'000, .queue_bytes = 100'000, .round_trip = 20 * ms}, 7);
  SimulatedFlow flow(clock, bottleneck, bbr);
  flow.start();
  clock.run_until(clock.now() + base::seconds(2));
  bottleneck.config().round_trip = 80 * ms;
  clock.run_until(clock.now() + base::seconds(14));
  const auto& controller = dynamic_cast<const Bbr&>(flow.recovery().controller());
  EXPECT_GE(controller.min_rtt(), 80 * ms);
  EXPECT_LE(controller.min_rtt(), 100 * ms);
  const auto before = flow.received();
  clock.run_until(clock.now() + base::seconds(3));
  EXPECT_GE(static_cast<double>(flow.received() - before) * 8 / 3, 0.85 * 5'000'000);
}

// [draft-ietf-ccwg-bbr §4.1] Silences between bursts must not lower the estimate.
TEST(FlowSimulation, PausesDoNotSpoilTheDeliveryRate) {
  FlowClock clock;
  Bottleneck bottleneck(clock, {.bits_per_second = 20'000'000, .queue_bytes = 100'000, .round_trip = 20 * ms}, 7);
  SimulatedFlow flow(clock, bottleneck, bbr);
  flow.start();
  clock.run_until(clock.now() + base::seconds(2));
  const auto& controller = dynamic_cast<const Bbr&>(flow.recovery().controller());
  for (int i = 0; i < 20; ++i) {
    flow.stop();
    clock.run_until(clock.now() + 200 * ms);
    flow.resume();
    clock.run_until(clock.now() + 50 * ms);
    EXPECT_NEAR(static_cast<double>(controller.bandwidth()) * 8, 20e6, 2.5e6) << i;
  }
}

}  // namespace
}  // namespace iroh::quic
