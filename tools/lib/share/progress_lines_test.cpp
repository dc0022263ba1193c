// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/progress_lines.hpp"

#include <gtest/gtest.h>

namespace iroh::tools {
namespace {

using namespace std::chrono_literals;
using Unit = Bar::Unit;

constexpr SpeedMeter::Clock::time_point start{};

// [tools.md §1.5]
TEST(ShareProgressLines, ABarFillsTheWidth) {
  const Bar half{"[3/4]", 50 << 20, 100 << 20, Unit::bytes};
  EXPECT_EQ(bar_line(half, 10 << 20, 65s, 79),
            "[3/4] [00:01:05] [######>------] 50.00 MiB/100.00 MiB 10.00 MiB/s ETA 5 seconds");
  EXPECT_EQ(bar_line({"x", 3, 3, Unit::items}, 1, 0s, 40), "x [00:00:00] [#################] 3/3 1/s");
  EXPECT_EQ(bar_line({"x", 0, 3, Unit::items}, 0, 3600s, 40), "x [01:00:00] [>----------------] 0/3 0/s");
  EXPECT_EQ(bar_line({"wait", 0, 0, Unit::none}, 0, 1s, 40), "wait [00:00:01]");
}

TEST(ShareProgressLines, NoLineIsWiderThanTheTerminal) {
  for (const std::uint64_t done : {0ULL, 1ULL, 999ULL, 1000ULL, 5000ULL}) {
    for (std::size_t width = 1; width < 120; ++width) {
      const std::string line = bar_line({"label", done, 1000, Unit::bytes}, 12.5, 7s, width);
      EXPECT_LE(line.size(), width);
    }
  }
}

TEST(ShareProgressLines, SpeedIsThatOfLate) {
  SpeedMeter meter;
  meter.update(0, start);
  EXPECT_EQ(meter.per_second(), 0);
  meter.update(1000, start + 1s);
  EXPECT_DOUBLE_EQ(meter.per_second(), 1000);
  for (int i = 2; i <= 60; ++i) meter.update(1000 + 10U * static_cast<unsigned>(i - 1), start + i * 1s);
  EXPECT_NEAR(meter.per_second(), 10, 1);
}

TEST(ShareProgressLines, SpeedDoesNotDependOnHowOftenItIsAsked) {
  SpeedMeter often;
  SpeedMeter seldom;
  for (unsigned i = 0; i <= 100; ++i) {
    often.update(50 * i, start + i * 100ms);
    if (i % 10 == 0) seldom.update(50 * i, start + i * 100ms);
  }
  EXPECT_NEAR(often.per_second(), 500, 0.001);
  EXPECT_NEAR(seldom.per_second(), 500, 0.001);
}

TEST(ShareProgressLines, NothingIsShownIfItIsNotWanted) {
  ProgressLines lines(false);
  EXPECT_FALSE(lines.is_shown());
}

}  // namespace
}  // namespace iroh::tools
