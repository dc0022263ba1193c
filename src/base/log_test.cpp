// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/log.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace iroh::base {
namespace {

std::vector<std::string>& lines() {
  static std::vector<std::string> all;
  return all;
}

void keep(LogLevel level, std::string_view target, std::string_view text) noexcept {
  lines().push_back(std::string(to_string(level)).append(" ").append(target).append(": ").append(text));
}

class Log : public testing::Test {
 protected:
  void SetUp() override { lines().clear(); }
  void TearDown() override { set_log_sink(nullptr, LogLevel::off); }
};

TEST_F(Log, SaysNothingUntilASinkIsInstalled) {
  log(LogLevel::error, "test", "lost");
  EXPECT_FALSE(is_log_enabled(LogLevel::error));
  EXPECT_TRUE(lines().empty());
}

TEST_F(Log, PassesOnWhatTheLevelAllows) {
  set_log_sink(keep, LogLevel::info);
  log(LogLevel::warn, "quic", "path {} lost after {} ms", 3, 1.5);
  log(LogLevel::info, "tls", "plain");
  log(LogLevel::debug, "tls", "too detailed");
  EXPECT_EQ(lines(), (std::vector<std::string>{"warn quic: path 3 lost after 1.5 ms", "info tls: plain"}));
  set_log_sink(nullptr, LogLevel::trace);
  log(LogLevel::error, "test", "lost");
  EXPECT_EQ(lines().size(), 2u);
}

/// Tells whether it has been formatted.
struct Witness {
  bool* was_formatted;
};

}  // namespace
}  // namespace iroh::base

template <>
struct fmt::formatter<iroh::base::Witness> : fmt::formatter<int> {
  auto format(const iroh::base::Witness& witness, fmt::format_context& context) const {
    *witness.was_formatted = true;
    return fmt::formatter<int>::format(1, context);
  }
};

namespace iroh::base {
namespace {

TEST_F(Log, FormatsOnlyWhatIsPassedOn) {
  bool was_formatted = false;
  set_log_sink(keep, LogLevel::warn);
  log(LogLevel::info, "test", "{}", Witness{&was_formatted});
  EXPECT_FALSE(was_formatted);
  log(LogLevel::warn, "test", "{}", Witness{&was_formatted});
  EXPECT_TRUE(was_formatted);
}

TEST_F(Log, OffIsNoLevelToLogAt) {
  set_log_sink(keep, LogLevel::trace);
  EXPECT_FALSE(is_log_enabled(LogLevel::off));
}

TEST_F(Log, KnowsItsLevelsByName) {
  for (const LogLevel level :
       {LogLevel::off, LogLevel::error, LogLevel::warn, LogLevel::info, LogLevel::debug, LogLevel::trace}) {
    EXPECT_EQ(parse_log_level(to_string(level)), level);
  }
  EXPECT_EQ(parse_log_level("DEBUG"), LogLevel::debug);
  EXPECT_EQ(parse_log_level("loud"), std::nullopt);
  EXPECT_EQ(parse_log_level(""), std::nullopt);
}

}  // namespace
}  // namespace iroh::base
