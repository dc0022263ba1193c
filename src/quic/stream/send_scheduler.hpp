// SPDX-License-Identifier: MIT OR Apache-2.0
// Which stream fills the next packet: the highest priority first, round robin among equals. O(1) per packet; the number
// of levels is the number of different priorities in use at once, nearly always one.
#pragma once

#include <vector>

#include "quic/stream/stream_table.hpp"

namespace iroh::quic {

class SendScheduler {
 public:
  bool is_empty() const noexcept { return levels_.empty() || levels_.front().streams.is_empty(); }
  /// The stream whose turn it is; null if there is none.
  Stream* next() const noexcept { return levels_.empty() ? nullptr : levels_.front().streams.front(); }

  /// The stream has something to send; no effect if it is scheduled already.
  void add(Stream& stream);
  void remove(Stream& stream) noexcept;
  /// It had its packet: to the end of its level.
  void rotate(Stream& stream) noexcept;
  void set_priority(Stream& stream, int priority);

 private:
  struct Level {
    int priority;
    StreamList<&Stream::data_link> streams;
  };
  std::vector<Level>::iterator level_of(int priority) noexcept;
  std::vector<Level> levels_;  // highest first; none is empty, except that the last one standing is kept
};

}  // namespace iroh::quic
