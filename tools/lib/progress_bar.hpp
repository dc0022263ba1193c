// SPDX-License-Identifier: MIT OR Apache-2.0
// A progress bar on stderr, if that is a terminal. [tools.md §1.5]
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace iroh::tools {

class ProgressBar {
 public:
  enum class Unit : std::uint8_t { bytes, items };

  ProgressBar(std::string label, std::uint64_t total, Unit unit = Unit::bytes);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();  ///< removes it

  void update(std::uint64_t done);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(std::uint64_t done, Clock::time_point now);

  const std::string label_;
  const std::uint64_t total_;
  const Unit unit_;
  const bool is_shown_;
  const Clock::time_point start_;
  Clock::time_point next_;
};

}  // namespace iroh::tools
