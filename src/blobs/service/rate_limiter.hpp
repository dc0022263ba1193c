// SPDX-License-Identifier: MIT OR Apache-2.0
// So many bytes per second, for all who share it.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "iroh/endpoint/task.hpp"

namespace iroh::blobs {

class RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  /// 0: no limit.
  explicit RateLimiter(std::uint64_t bytes_per_second) noexcept : rate_(bytes_per_second) {}

  bool is_limited() const noexcept { return rate_ != 0; }
  /// As many bytes as should be moved at a time: what takes 50 ms, but at least one group with its tree.
  std::size_t piece_size(std::size_t wanted) const noexcept;
  /// When that many bytes may be moved, counted as moved from then on.
  Clock::time_point reserve(std::uint64_t bytes, Clock::time_point now) noexcept;
  /// Waits until then.
  Task<> acquire(std::uint64_t bytes);

 private:
  const std::uint64_t rate_;
  std::mutex mutex_;
  Clock::time_point free_at_{};
};

}  // namespace iroh::blobs
