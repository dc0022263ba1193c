// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/send_scheduler.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace iroh::quic {

std::vector<SendScheduler::Level>::iterator SendScheduler::level_of(int priority) noexcept {
  return std::ranges::find_if(levels_, [priority](const Level& level) { return level.priority <= priority; });
}

void SendScheduler::add(Stream& stream) {
  if (stream.data_link.is_linked) return;
  if (levels_.size() == 1 && levels_.front().streams.is_empty()) levels_.front().priority = stream.priority;
  auto level = level_of(stream.priority);
  if (level == levels_.end() || level->priority != stream.priority)
    level = levels_.insert(level, {stream.priority, {}});
  level->streams.push_back(stream);
}

void SendScheduler::remove(Stream& stream) noexcept {
  if (!stream.data_link.is_linked) return;
  const auto level = level_of(stream.priority);
  IROH_ASSERT(level != levels_.end() && level->priority == stream.priority);
  level->streams.remove(stream);
  if (level->streams.is_empty() && levels_.size() > 1) levels_.erase(level);
}

void SendScheduler::rotate(Stream& stream) noexcept {
  const auto level = level_of(stream.priority);
  IROH_ASSERT(level != levels_.end() && level->priority == stream.priority);
  level->streams.remove(stream);
  level->streams.push_back(stream);
}

void SendScheduler::set_priority(Stream& stream, int priority) {
  const bool is_scheduled = stream.data_link.is_linked;
  remove(stream);
  stream.priority = priority;
  if (is_scheduled) add(stream);
}

}  // namespace iroh::quic
