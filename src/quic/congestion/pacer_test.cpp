// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/congestion/pacer.hpp"
#include "quic/test_values.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"
#include "quic/congestion/test_values.hpp"

namespace iroh::quic {
namespace {

struct Sender {
  Pacer pacer;
  std::uint64_t window = 12'000;
  Duration srtt = 100 * ms;
  Instant now = start;
  std::uint64_t sent = 0;

  std::uint64_t allowance() { return pacer.allowance(now, window, srtt, mtu); }
  std::optional<Instant> release() { return pacer.next_release(now, window, srtt, mtu); }
  void send(std::uint64_t bytes) {
    pacer.on_sent(bytes);
    sent += bytes;
  }
  /// Sends all that is allowed, in whole datagrams.
  void send_train() { send(allowance() / mtu * mtu); }
};

// [quic.md §7.5] The first ten packets are never delayed, whatever the estimate says.
TEST(Pacer, NeverDelaysTheFirstTenPackets) {
  Sender s{.srtt = 333 * ms};
  for (int i = 0; i < 10; ++i) {
    ASSERT_GE(s.allowance(), mtu) << i;
    EXPECT_FALSE(s.release());
    s.send(mtu);
  }
  EXPECT_EQ(s.allowance(), 0u);
  EXPECT_TRUE(s.release());
}

// [performance.md §7] No pacing below 1 ms RTT.
TEST(Pacer, DoesNotPaceShortRoundTrips) {
  Sender s{.window = 1'000'000, .srtt = base::microseconds(999)};
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(s.allowance(), Pacer::unlimited);
    EXPECT_FALSE(s.release());
    s.send(65'000);
  }
  s.srtt = ms;
  EXPECT_NE(s.allowance(), Pacer::unlimited);
}

// [quic.md §7.5] 1.25 windows per round trip, in the long run and with any pattern of polling.
TEST(Pacer, KeepsTheRateInTheLongRun) {
  for (const std::uint64_t window : {12'000u, 120'000u, 1'200'000u, 50'000'000u}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      base::SeededRandom random(seed);
      Sender s{.window = window};
      const double rate = 1.25 * static_cast<double>(window) / 0.1;
      while (s.now < start + base::seconds(4)) {
        s.send_train();
        const auto at = s.release();
        // The timer is late by up to 100 us; sometimes something else wakes the sender early.
        s.now = at && !random.chance(1, 4) ? *at + Duration(static_cast<std::int64_t>(random.below(100'000)))
                                           : s.now + Duration(static_cast<std::int64_t>(random.below(300'000)));
      }
      const double expected = rate * 4;
      const double slack = 10 * mtu + std::max(2.0 * 65'536, rate * 0.002);
      EXPECT_LT(static_cast<double>(s.sent), expected + slack) << window;
      EXPECT_GT(static_cast<double>(s.sent), 0.95 * expected - slack) << window;
    }
  }
}

// [performance.md §7] No wait below 200 us: credit is overdrawn instead.
TEST(Pacer, NeverWaitsLessThan200Microseconds) {
  for (const std::uint64_t window : {12'000u, 1'000'000u, 100'000'000u}) {
    Sender s{.window = window, .srtt = 20 * ms};
    for (int i = 0; i < 2000; ++i) {
      s.send_train();
      if (const auto at = s.release()) {
        ASSERT_GE(*at - s.now, Pacer::wait_min);
        s.now = *at;
        ASSERT_GT(s.allowance(), 0u) << "released, but nothing may be sent";
      }
    }
  }
}

TEST(Pacer, AllowsTrainsOfAMillisecondWithinBounds) {
  Sender slow{.window = 12'000};  // 150 KB/s: a millisecond is less than two datagrams
  slow.allowance();
  slow.send(12'000);
  ASSERT_TRUE(slow.release());
  slow.now = *slow.release();
  EXPECT_EQ(slow.allowance(), 2u * mtu);
  Sender fast{.window = 100'000'000, .srtt = 100 * ms};  // 1.25 GB/s
  fast.allowance();
  fast.send(10'000'000);
  ASSERT_TRUE(fast.release());
  fast.now = *fast.release();
  EXPECT_EQ(fast.allowance(), 65'536u);
}

// [quic.md §7.5] Capacity: 2 ms of the rate, raised to 10 and cut to 256 MTU, then cut to 10 ms worth but at least an
// MTU.
TEST(Pacer, SavesUpOnlyItsCapacityWhileIdle) {
  const auto after_idle = [](std::uint64_t window, Duration srtt) {
    Sender s{.window = window, .srtt = srtt};
    s.allowance();
    s.send(20'000);
    s.now += base::seconds(100);
    return s.allowance();
  };
  EXPECT_EQ(after_idle(800'000, 100 * ms), 20'000u) << "2 ms of 10 MB/s";
  EXPECT_EQ(after_idle(160'000, 100 * ms), 12'000u) << "10 MTU";
  EXPECT_EQ(after_idle(80'000, 100 * ms), 10'000u) << "10 ms of 1 MB/s";
  EXPECT_EQ(after_idle(80'000'000, 100 * ms), 256u * mtu);
}

TEST(Pacer, ControllerRateIsTakenUnscaled) {
  Sender s{.window = 80'000};
  s.pacer.set_controller_rate(20'000'000);
  s.allowance();
  s.send(20'000);
  s.now += base::seconds(1);
  EXPECT_EQ(s.allowance(), 40'000u);
  s.pacer.set_rate_cap(10'000'000);
  EXPECT_EQ(s.allowance(), 20'000u);
}

TEST(Pacer, RateCapHoldsOnShortRoundTripsToo) {
  Sender s{.window = 10'000'000, .srtt = base::microseconds(100)};
  s.pacer.set_rate_cap(1'000'000);
  s.send_train();
  s.send_train();
  EXPECT_EQ(s.allowance(), 0u);
}

// A debt made at a high rate must not block a path that has become slow.
TEST(Pacer, DebtShrinksWithTheRate) {
  Sender s{.window = 100'000'000, .srtt = 20 * ms};
  s.send_train();
  s.send(5'000'000);
  s.window = 12'000;
  s.srtt = 100 * ms;
  const auto at = s.release();
  ASSERT_TRUE(at);
  EXPECT_LT(*at - s.now, 20 * ms);
}

}  // namespace
}  // namespace iroh::quic
