// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/event_queue.hpp"

#include <utility>

namespace iroh::sim {

EventQueue::Key EventQueue::schedule(base::Instant at, std::move_only_function<void()> action) {
  const Key key{at, sequence_++};
  events_.emplace(key, std::move(action));
  return key;
}

void EventQueue::cancel(const Key& key) {
  // Out of the map first: the action's destructor may come back here.
  const auto dropped = events_.extract(key);
}

std::optional<base::Instant> EventQueue::next() const {
  if (events_.empty()) return std::nullopt;
  return events_.begin()->first.at;
}

void EventQueue::run_due(base::Instant now) {
  while (!events_.empty() && events_.begin()->first.at <= now) {
    auto due = events_.extract(events_.begin());
    due.mapped()();
  }
}

void EventQueue::clear() {
  // Destructors of actions may cancel or schedule; whatever they schedule goes as well.
  while (!events_.empty()) const auto dropped = std::exchange(events_, {});
}

}  // namespace iroh::sim
