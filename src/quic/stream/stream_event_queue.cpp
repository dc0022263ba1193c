// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/stream_event_queue.hpp"

#include "quic/stream/stream_table.hpp"

namespace iroh::quic {

void StreamEventQueue::push(Stream& stream, StreamEvent::Kind kind, std::uint64_t code) {
  if ((stream.pending_events & bit(kind)) != 0) return;
  stream.pending_events = static_cast<std::uint8_t>(stream.pending_events | bit(kind));
  events_.push_back({kind, stream.id.dir(), stream.id, code});
}

void StreamEventQueue::push(StreamEvent::Kind kind, Dir dir) {
  std::uint8_t& pending = pending_[static_cast<std::size_t>(dir)];
  if ((pending & bit(kind)) != 0) return;
  pending = static_cast<std::uint8_t>(pending | bit(kind));
  events_.push_back({kind, dir, StreamId(), 0});
}

std::optional<StreamEvent> StreamEventQueue::pop() {
  if (is_empty()) return std::nullopt;
  const StreamEvent event = events_[head_++];
  if (is_empty()) {
    events_.clear();
    head_ = 0;
  } else if (head_ >= 64 && 2 * head_ >= events_.size()) {
    events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  if (event.kind == StreamEvent::Kind::opened || event.kind == StreamEvent::Kind::available) {
    std::uint8_t& pending = pending_[static_cast<std::size_t>(event.dir)];
    pending = static_cast<std::uint8_t>(pending & ~bit(event.kind));
  }
  return event;
}

}  // namespace iroh::quic
