// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/interval_set.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace iroh::base {

IntervalSet::iterator IntervalSet::first_ending_from(std::uint64_t value) noexcept {
  // Nearly every insertion is at the upper end.
  if (intervals_.empty() || intervals_.back().end < value) return intervals_.end();
  return std::ranges::lower_bound(intervals_, value, {}, &Interval::end);
}

IntervalSet::const_iterator IntervalSet::first_ending_after(std::uint64_t value) const noexcept {
  return std::ranges::upper_bound(intervals_, value, {}, &Interval::end);
}

bool IntervalSet::insert(Interval added) {
  if (added.is_empty()) return true;
  const auto first = first_ending_from(added.begin);
  if (first == intervals_.end() || first->begin > added.end) {
    if (intervals_.size() >= max_intervals_) return false;
    intervals_.insert(first, added);
    return true;
  }
  auto last = first;  // one past the intervals that touch the new one
  while (last != intervals_.end() && last->begin <= added.end) ++last;
  first->begin = std::min(first->begin, added.begin);
  first->end = std::max((last - 1)->end, added.end);
  intervals_.erase(first + 1, last);
  return true;
}

bool IntervalSet::remove(Interval removed) {
  if (removed.is_empty()) return true;
  auto at = std::ranges::upper_bound(intervals_, removed.begin, {}, &Interval::end);
  if (at == intervals_.end() || at->begin >= removed.end) return true;
  if (at->begin < removed.begin) {
    if (at->end > removed.end) {
      if (intervals_.size() >= max_intervals_) return false;
      const Interval left{at->begin, removed.begin};
      at->begin = removed.end;
      intervals_.insert(at, left);
      return true;
    }
    at->end = removed.begin;
    ++at;
  }
  const auto first = at;
  while (at != intervals_.end() && at->end <= removed.end) ++at;
  if (at != intervals_.end()) at->begin = std::max(at->begin, removed.end);
  intervals_.erase(first, at);
  return true;
}

void IntervalSet::pop_front() noexcept {
  IROH_ASSERT(!intervals_.empty());
  intervals_.erase(intervals_.begin());
}

bool IntervalSet::contains(std::uint64_t value) const noexcept {
  const auto at = first_ending_after(value);
  return at != intervals_.end() && at->begin <= value;
}

bool IntervalSet::contains(Interval interval) const noexcept {
  if (interval.is_empty()) return true;
  const auto at = first_ending_after(interval.begin);
  return at != intervals_.end() && at->begin <= interval.begin && interval.end <= at->end;
}

std::uint64_t IntervalSet::count_in(Interval interval) const noexcept {
  if (interval.is_empty()) return 0;
  std::uint64_t count = 0;
  for (auto at = first_ending_after(interval.begin); at != intervals_.end() && at->begin < interval.end; ++at) {
    count += std::min(at->end, interval.end) - std::max(at->begin, interval.begin);
  }
  return count;
}

}  // namespace iroh::base
