// SPDX-License-Identifier: MIT OR Apache-2.0
// A set of numbers as sorted, disjoint, non-adjacent half-open intervals. Received packet numbers and the received
// parts of a stream are such sets: few intervals, growing at the upper end. The vector keeps its capacity.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace iroh::base {

/// [begin, end); empty if begin == end.
struct Interval {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  constexpr bool is_empty() const noexcept { return begin >= end; }
  constexpr std::uint64_t length() const noexcept { return is_empty() ? 0 : end - begin; }
  constexpr bool contains(std::uint64_t value) const noexcept { return begin <= value && value < end; }
  friend bool operator==(const Interval&, const Interval&) = default;
};

class IntervalSet {
 public:
  using const_iterator = std::vector<Interval>::const_iterator;
  using const_reverse_iterator = std::vector<Interval>::const_reverse_iterator;
  static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

  /// A peer that leaves gaps makes the set grow; max_intervals is what its owner allows it.
  explicit IntervalSet(std::size_t max_intervals = unbounded) noexcept : max_intervals_(max_intervals) {}

  /// Adds the numbers of the interval, merging what touches. False, and nothing changed, if the result would have more
  /// than max_intervals intervals.
  bool insert(Interval added);
  bool insert(std::uint64_t value) { return insert(Interval{value, value + 1}); }
  /// Removes the numbers of the interval. False, and nothing changed, if a split would exceed max_intervals.
  bool remove(Interval removed);
  /// Forgets the interval with the smallest numbers; there must be one.
  void pop_front() noexcept;
  void clear() noexcept { intervals_.clear(); }

  bool contains(std::uint64_t value) const noexcept;
  /// True if every number of the interval is in the set; true for an empty interval.
  bool contains(Interval interval) const noexcept;
  /// How many numbers of the interval are in the set.
  std::uint64_t count_in(Interval interval) const noexcept;

  bool is_empty() const noexcept { return intervals_.empty(); }
  std::size_t interval_count() const noexcept { return intervals_.size(); }
  std::size_t max_intervals() const noexcept { return max_intervals_; }
  const Interval& front() const noexcept { return intervals_.front(); }
  const Interval& back() const noexcept { return intervals_.back(); }

  /// Ascending.
  const_iterator begin() const noexcept { return intervals_.begin(); }
  const_iterator end() const noexcept { return intervals_.end(); }
  /// Descending.
  const_reverse_iterator rbegin() const noexcept { return intervals_.rbegin(); }
  const_reverse_iterator rend() const noexcept { return intervals_.rend(); }

  friend bool operator==(const IntervalSet& left, const IntervalSet& right) {
    return left.intervals_ == right.intervals_;
  }

 private:
  using iterator = std::vector<Interval>::iterator;
  /// The first interval that ends at or after value, so the first that can touch an interval beginning there.
  iterator first_ending_from(std::uint64_t value) noexcept;
  const_iterator first_ending_after(std::uint64_t value) const noexcept;

  std::vector<Interval> intervals_;
  std::size_t max_intervals_;
};

}  // namespace iroh::base
