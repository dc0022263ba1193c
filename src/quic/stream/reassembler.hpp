// SPDX-License-Identifier: MIT OR Apache-2.0
// Puts received pieces of an ordered byte stream in order, without copying what fills a packet. Used by streams and by
// CRYPTO. Data in order goes to a queue of slices; data after a gap waits in a sorted vector. [performance.md §2.7]
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "iroh/base/bytes.hpp"
#include "quic/stream/receive_budget.hpp"
#include "quic/transport_error.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

class Chunk;

class Reassembler {
 public:
  /// Gaps that a peer may leave. Each costs a slice of bookkeeping for as little as one byte; without the bound a peer
  /// that sends every second byte fills memory and makes every insertion slow. [quic.md 92]
  static constexpr std::size_t gaps_max = 1024;

  /// budget: outlives what is held here; call discard() before the end. Without, only what this alone holds is bounded.
  explicit Reassembler(ReceiveBudget* budget = nullptr) noexcept : budget_(budget) {}

  /// Data at an offset; what is already here (or was read) is ignored. The caller has checked flow control, and that
  /// offset + size stays below 2^62. INTERNAL_ERROR if it leaves too many gaps.
  TransportResult<void> insert(std::uint64_t offset, Bytes data);
  /// The next bytes in order, at most max, as one slice; empty if there are none. Call again for more.
  Bytes read(std::size_t max);

  bool has_contiguous() const noexcept { return read_offset_ < contiguous_end_; }
  std::uint64_t read_offset() const noexcept { return read_offset_; }        ///< of the next byte to read
  std::uint64_t contiguous_end() const noexcept { return contiguous_end_; }  ///< everything before it has arrived
  std::uint64_t buffered() const noexcept { return contiguous_end_ - read_offset_ + waiting_bytes_; }
  std::size_t gap_count() const noexcept { return run_count_; }
  /// Drops all data; nothing may be inserted or read afterwards.
  void discard() noexcept;
  /// Joins small neighbours that wait, so that the budget has to pay for fewer.
  void join_small_pieces();

 private:
  /// A slice that is held: of a receive buffer that the budget counts, or of memory of our own.
  struct Held {
    Bytes data;
    bool is_counted = false;
  };
  struct Piece {
    std::uint64_t begin;
    Held held;
    std::size_t size() const noexcept { return held.data.size(); }
    std::uint64_t end() const noexcept { return begin + held.data.size(); }
  };
  Held hold(Bytes data);
  void remove_prefix(Held& held, std::size_t count) noexcept;
  void release(const Held& held, std::size_t size) noexcept;
  void add_piece(std::size_t size) noexcept;
  void remove_piece(const Piece& piece) noexcept;
  void append_in_order(Held held);
  void append_small(ByteSpan data);
  void drain_waiting();
  TransportResult<void> insert_waiting(std::uint64_t offset, Bytes data);
  std::size_t first_ending_after(std::uint64_t offset) const noexcept;
  std::size_t runs_in(std::size_t first, std::size_t last) const noexcept;
  void compact(std::size_t size_max);

  ReceiveBudget* budget_;
  std::uint64_t read_offset_ = 0;
  std::uint64_t contiguous_end_ = 0;
  std::vector<Held> ready_;  // in order; the first ready_head_ are read already
  std::size_t ready_head_ = 0;
  Chunk* tail_chunk_ = nullptr;  // owned by ready_.back(), which ends where the chunk is filled to

  std::vector<Piece> waiting_;  // ascending, disjoint, all beyond contiguous_end_
  std::uint64_t waiting_bytes_ = 0;
  std::size_t run_count_ = 0;  // groups of adjacent pieces in waiting_: one gap before each
  std::size_t compact_at_ = 2 * gaps_max;
};

}  // namespace iroh::quic
