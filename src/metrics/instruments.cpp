// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/metrics/instruments.hpp"

#include <algorithm>

namespace iroh::metrics {

Histogram::Histogram(std::vector<double> upper_bounds)
    : upper_bounds_(std::move(upper_bounds)), counts_(new std::atomic<std::uint64_t>[upper_bounds_.size()]()) {}

void Histogram::observe(double value) noexcept {
  const auto bucket = std::ranges::lower_bound(upper_bounds_, value);
  if (bucket != upper_bounds_.end()) {
    counts_[static_cast<std::size_t>(bucket - upper_bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
  }
  count_.fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

HistogramValue Histogram::get() const {
  HistogramValue result;
  // [observability.md 4] Buckets are cumulative.
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < upper_bounds_.size(); ++i) {
    total += counts_[i].load(std::memory_order_relaxed);
    result.buckets.push_back({.upper_bound = upper_bounds_[i], .count = total});
  }
  result.sum = sum_.load(std::memory_order_relaxed);
  result.count = count_.load(std::memory_order_relaxed);
  return result;
}

}  // namespace iroh::metrics
