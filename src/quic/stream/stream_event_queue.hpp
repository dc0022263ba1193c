// SPDX-License-Identifier: MIT OR Apache-2.0
// Events of streams in the order in which they happened, at most one of each kind per stream, so that the queue is
// bounded by the number of streams.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "quic/stream/stream_event.hpp"

namespace iroh::quic {

struct Stream;

class StreamEventQueue {
 public:
  void push(Stream& stream, StreamEvent::Kind kind, std::uint64_t code = 0);
  /// opened or available.
  void push(StreamEvent::Kind kind, Dir dir);
  bool is_empty() const noexcept { return head_ == events_.size(); }
  /// The caller clears the stream's bit: only it can find the stream.
  std::optional<StreamEvent> pop();
  static constexpr std::uint8_t bit(StreamEvent::Kind kind) noexcept {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind));
  }

 private:
  std::vector<StreamEvent> events_;  // the first head_ are delivered
  std::size_t head_ = 0;
  std::array<std::uint8_t, 2> pending_{};  // per direction, of the kinds without a stream
};

}  // namespace iroh::quic
