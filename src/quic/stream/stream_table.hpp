// SPDX-License-Identifier: MIT OR Apache-2.0
// The record of one stream, the lists it can be in, and the table that finds it by its index. The table holds live
// streams only, so it is bounded by the stream limits however many streams come and go.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "quic/stream/recv_stream.hpp"
#include "quic/stream/send_stream.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct Stream;

/// A stream's place in one list.
struct StreamLink {
  Stream* previous = nullptr;
  Stream* next = nullptr;
  bool is_linked = false;
};

/// A stream has a send part, a receive part, or both.
struct Stream {
  explicit Stream(StreamId stream_id) noexcept : id(stream_id) {}
  const StreamId id;
  std::optional<SendStream> send;
  std::optional<RecvStream> recv;
  int priority = 0;
  std::uint8_t pending_events = 0;  // bit per StreamEvent::Kind
  bool is_write_blocked = false;    // the application waits for a writable event
  StreamLink data_link;             // has STREAM frames to send
  StreamLink control_link;          // has other frames to send
  StreamLink blocked_link;          // is_write_blocked, by the connection
};

/// Doubly linked through the streams themselves: nothing is allocated.
template <StreamLink Stream::* link>
class StreamList {
 public:
  bool is_empty() const noexcept { return first_ == nullptr; }
  Stream* front() const noexcept { return first_; }
  static Stream* after(const Stream& stream) noexcept { return (stream.*link).next; }

  void push_back(Stream& stream) noexcept {
    StreamLink& at = stream.*link;
    if (at.is_linked) return;
    at = {last_, nullptr, true};
    (last_ != nullptr ? (last_->*link).next : first_) = &stream;
    last_ = &stream;
  }
  void remove(Stream& stream) noexcept {
    StreamLink& at = stream.*link;
    if (!at.is_linked) return;
    (at.previous != nullptr ? (at.previous->*link).next : first_) = at.next;
    (at.next != nullptr ? (at.next->*link).previous : last_) = at.previous;
    at = {};
  }

 private:
  Stream* first_ = nullptr;
  Stream* last_ = nullptr;
};

/// Streams of one initiator and direction, sorted by index. Indices are added in ascending order.
class StreamTable {
 public:
  Stream* find(std::uint64_t index) const noexcept;
  /// index must be greater than all before.
  Stream& add(std::uint64_t index, std::unique_ptr<Stream> stream);
  void remove(std::uint64_t index);
  std::size_t size() const noexcept { return slots_.size() - dead_; }
  template <class F>
  void for_each(F&& f) const {
    for (const Slot& slot : slots_) {
      if (slot.stream) f(*slot.stream);
    }
  }

 private:
  struct Slot {
    std::uint64_t index;
    std::unique_ptr<Stream> stream;  // null once removed
  };
  std::size_t position(std::uint64_t index) const noexcept;

  std::vector<Slot> slots_;
  std::size_t dead_ = 0;
};

}  // namespace iroh::quic
