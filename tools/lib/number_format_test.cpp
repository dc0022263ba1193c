// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/number_format.hpp"

#include <gtest/gtest.h>

#include "tools/lib/log_setup.hpp"

namespace iroh::tools {
namespace {

using namespace std::chrono_literals;

// [tools.md 4]
TEST(NumberFormat, BytesInBinaryUnits) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1024), "1.00 KiB");
  EXPECT_EQ(format_bytes(1500), "1.46 KiB");
  EXPECT_EQ(format_bytes(4 << 20), "4.00 MiB");
  EXPECT_EQ(format_bytes(1 << 30), "1.00 GiB");
  EXPECT_EQ(format_bytes(27'750), "27.10 KiB");
  EXPECT_EQ(format_bytes(UINT64_MAX), "16.00 EiB");
}

TEST(NumberFormat, DurationsInTheLargestUnitThatSaysEnough) {
  EXPECT_EQ(format_duration(400ms), "0 seconds");
  EXPECT_EQ(format_duration(1s), "1 second");
  EXPECT_EQ(format_duration(89s), "89 seconds");
  EXPECT_EQ(format_duration(90s), "2 minutes");
  EXPECT_EQ(format_duration(3600s), "60 minutes");
  EXPECT_EQ(format_duration(5370s), "2 hours");
}

TEST(NumberFormat, SizesAsTyped) {
  EXPECT_EQ(parse_size("1GiB"), 1U << 30);
  EXPECT_EQ(parse_size("256MiB"), 256U << 20);
  EXPECT_EQ(parse_size("64 KiB"), 64U << 10);
  EXPECT_EQ(parse_size("2k"), 2048U);
  EXPECT_EQ(parse_size("1000"), 1000U);
  for (const char* text : {"", "GiB", "1XiB", "-1", "1.5GiB", "99999999999GiB", "1 GiBs"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

// [tools.md §1.3]
TEST(LogSetup, DirectivesAreReducedToTheMostVerboseLevel) {
  using base::LogLevel;
  EXPECT_EQ(log_level_of("debug"), LogLevel::debug);
  EXPECT_EQ(log_level_of("warn,iroh::quic=trace"), LogLevel::trace);
  EXPECT_EQ(log_level_of("iroh=INFO"), LogLevel::info);
  EXPECT_EQ(log_level_of(""), LogLevel::off);
  EXPECT_EQ(log_level_of("iroh=nonsense"), LogLevel::off);
}

}  // namespace
}  // namespace iroh::tools
