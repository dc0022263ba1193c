// SPDX-License-Identifier: MIT OR Apache-2.0
// All fuzz targets by name. One list serves the libFuzzer programs and the corpus test.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace iroh::fuzz {

/// A body takes any bytes, whatever they are, and returns; anything else it does is a finding.
struct Target {
  std::string_view name;
  void (*run)(std::span<const std::uint8_t> input);
  /// Changed inputs per test run; fewer for bodies that take milliseconds.
  int mutations = 500;
};

/// The canary is not among them.
std::span<const Target> targets();
/// Also finds "canary". Null for unknown names.
const Target* find_target(std::string_view name);

}  // namespace iroh::fuzz
