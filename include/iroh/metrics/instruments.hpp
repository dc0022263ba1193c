// SPDX-License-Identifier: MIT OR Apache-2.0
/// Counter, Gauge and Histogram for programs that count something of their own: lock-free, safe from any thread. The
/// library's own counts are plain values of their executor and are read as snapshots, see Endpoint::metrics().
/// [observability.md §1.1]
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "iroh/metrics/values.hpp"

namespace iroh::metrics {

class Counter {
 public:
  void inc(std::uint64_t by = 1) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

class Gauge {
 public:
  void inc() noexcept { add(1); }
  void dec() noexcept { add(-1); }
  void add(std::int64_t change) noexcept { value_.fetch_add(change, std::memory_order_relaxed); }
  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  std::int64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

class Histogram {
 public:
  /// The bounds must ascend; give infinity last to count everything.
  explicit Histogram(std::vector<double> upper_bounds);
  void observe(double value) noexcept;
  /// Each number is exact; an observation under way may be in one of them and not yet in another.
  HistogramValue get() const;

 private:
  const std::vector<double> upper_bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;  // not cumulative: one per bound
  std::atomic<std::uint64_t> count_ = 0;
  std::atomic<double> sum_ = 0;
};

}  // namespace iroh::metrics
