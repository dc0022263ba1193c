// SPDX-License-Identifier: MIT OR Apache-2.0
// What will happen, ordered by time; events of the same instant happen in the order in which they were scheduled.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "base/time.hpp"

namespace iroh::sim {

class EventQueue {
 public:
  /// Names one scheduled event; a default-constructed one names none.
  struct Key {
    base::Instant at;
    std::uint64_t sequence = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  Key schedule(base::Instant at, std::move_only_function<void()> action);
  /// Does nothing if the event has happened already.
  void cancel(const Key& key);
  std::optional<base::Instant> next() const;
  /// Runs all events that are due by now, those that they schedule for now included.
  void run_due(base::Instant now);
  void clear();
  std::size_t size() const { return events_.size(); }

 private:
  std::uint64_t sequence_ = 1;
  std::map<Key, std::move_only_function<void()>> events_;
};

}  // namespace iroh::sim
