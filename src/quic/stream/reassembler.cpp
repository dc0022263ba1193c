// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/reassembler.hpp"

#include <algorithm>
#include <utility>

#include "quic/stream/chunk.hpp"

namespace iroh::quic {
namespace {

/// Small slices are collected in chunks while the reader lags behind: each twice as large as what the last one holds,
/// so that a stream with little data has small ones.
constexpr std::size_t small_chunk_size_min = 64;
constexpr std::size_t small_chunk_size_max = 4096;
/// compact() joins pieces up to this size, and does not touch pieces of half of it again: so each byte is copied
/// rarely.
constexpr std::size_t compacted_size_max = 64 * 1024;

}  // namespace

TransportResult<void> Reassembler::insert(std::uint64_t offset, Bytes data) {
  const std::uint64_t end = offset + data.size();
  if (data.empty() || end <= contiguous_end_) return {};
  if (offset > contiguous_end_) return insert_waiting(offset, std::move(data));
  data.remove_prefix(contiguous_end_ - offset);
  append_in_order(hold(std::move(data)));
  if (!waiting_.empty()) drain_waiting();
  return {};
}

Bytes Reassembler::read(std::size_t max) {
  if (!has_contiguous() || max == 0) return {};
  Held& front = ready_[ready_head_];
  Bytes result;
  if (front.data.size() > max) {
    result = front.data.slice(0, max);
    remove_prefix(front, max);
  } else {
    release(front, front.data.size());
    result = std::move(front.data);
    ++ready_head_;
    if (ready_head_ == ready_.size()) {
      ready_.clear();
      ready_head_ = 0;
      tail_chunk_ = nullptr;
    } else if (ready_head_ >= 32 && 2 * ready_head_ >= ready_.size()) {
      ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(ready_head_));
      ready_head_ = 0;
    }
  }
  read_offset_ += result.size();
  return result;
}

void Reassembler::discard() noexcept {
  for (std::size_t i = ready_head_; i < ready_.size(); ++i) release(ready_[i], ready_[i].data.size());
  for (const Piece& piece : waiting_) remove_piece(piece);
  ready_ = {};
  ready_head_ = 0;
  tail_chunk_ = nullptr;
  waiting_ = {};
  waiting_bytes_ = 0;
  run_count_ = 0;
  read_offset_ = contiguous_end_;
}

// ---- what the budget counts

/// The slice itself if it fills enough of its buffer, else a copy.
Reassembler::Held Reassembler::hold(Bytes data) {
  if (data.size() < pinning_slice_size_min) return {std::move(data)};  // copied where it is put
  if (budget_ == nullptr) return {std::move(data)};
  if (budget_->keep(data)) return {std::move(data), true};
  return {Bytes::copy_of(data.span())};
}

void Reassembler::release(const Held& held, std::size_t size) noexcept {
  if (held.is_counted && size > 0) budget_->release(held.data.owner().get(), size);
}

void Reassembler::remove_prefix(Held& held, std::size_t count) noexcept {
  release(held, count);
  held.data.remove_prefix(count);
}

void Reassembler::add_piece(std::size_t size) noexcept {
  if (budget_ != nullptr) budget_->add_piece(size);
}

void Reassembler::remove_piece(const Piece& piece) noexcept {
  if (budget_ != nullptr) budget_->remove_piece(piece.size());
  release(piece.held, piece.size());
}

// ---- in order

void Reassembler::append_in_order(Held held) {
  const std::size_t size = held.data.size();
  if (size < pinning_slice_size_min) {
    append_small(held.data.span());
    release(held, size);
  } else {
    ready_.push_back(std::move(held));
    tail_chunk_ = nullptr;
  }
  contiguous_end_ += size;
}

void Reassembler::append_small(ByteSpan data) {
  if (tail_chunk_ == nullptr || tail_chunk_->room() < data.size()) {
    // A reader that keeps up gets a buffer of just the right size; for one that lags, small slices are joined.
    const bool is_read_at_once = ready_head_ == ready_.size();
    const std::size_t before = tail_chunk_ != nullptr ? ready_.back().data.size() : 0;
    const std::size_t capacity = std::clamp(2 * before, small_chunk_size_min, small_chunk_size_max);
    tail_chunk_ = Chunk::create(is_read_at_once ? data.size() : std::max(data.size(), capacity));
    ready_.push_back({Bytes(SharedBufferRef::adopt(tail_chunk_), tail_chunk_->append(data))});
    return;
  }
  tail_chunk_->append(data);
  Bytes& tail = ready_.back().data;
  tail = Bytes(tail.owner(), {tail.data(), tail.size() + data.size()});
}

// ---- after a gap

void Reassembler::drain_waiting() {
  std::size_t done = 0;
  std::uint64_t previous_end = 0;
  // Each piece that is appended moves contiguous_end_.
  for (; done < waiting_.size() && waiting_[done].begin <= contiguous_end_; ++done) {
    Piece& piece = waiting_[done];
    if (done == 0 || previous_end != piece.begin) --run_count_;
    previous_end = piece.end();
    waiting_bytes_ -= piece.size();
    if (budget_ != nullptr) budget_->remove_piece(piece.size());
    const std::uint64_t known = std::min<std::uint64_t>(contiguous_end_ - piece.begin, piece.size());
    remove_prefix(piece.held, known);
    if (piece.size() > 0) append_in_order(std::move(piece.held));
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(done));
}

std::size_t Reassembler::first_ending_after(std::uint64_t offset) const noexcept {
  if (waiting_.empty() || waiting_.back().end() <= offset) return waiting_.size();
  const auto at = std::ranges::upper_bound(waiting_, offset, {}, [](const Piece& piece) { return piece.end(); });
  return static_cast<std::size_t>(at - waiting_.begin());
}

std::size_t Reassembler::runs_in(std::size_t first, std::size_t last) const noexcept {
  std::size_t count = 0;
  for (std::size_t i = first; i < std::min(last, waiting_.size()); ++i) {
    if (i == 0 || waiting_[i - 1].end() != waiting_[i].begin) ++count;
  }
  return count;
}

TransportResult<void> Reassembler::insert_waiting(std::uint64_t offset, Bytes data) {
  std::size_t first = first_ending_after(offset);
  if (first < waiting_.size() && waiting_[first].begin <= offset) {
    const std::uint64_t known = waiting_[first].end() - offset;
    if (known >= data.size()) return {};
    data.remove_prefix(known);
    offset += known;
    ++first;
  }
  // Pieces from first on begin at offset or later. Those wholly covered are replaced, so that one piece is enough.
  std::size_t last = first;
  std::uint64_t covered = 0;
  for (; last < waiting_.size() && waiting_[last].end() <= offset + data.size(); ++last)
    covered += waiting_[last].size();
  if (last < waiting_.size() && waiting_[last].begin < offset + data.size())
    data.truncate(waiting_[last].begin - offset);
  if (covered == data.size()) return {};  // [quic.md 92] Duplicates do not count.

  waiting_bytes_ += data.size() - covered;
  const std::size_t runs_before = runs_in(first, last + 1);
  add_piece(data.size());
  Piece piece{offset, hold(std::move(data))};
  if (piece.size() < pinning_slice_size_min) piece.held.data = Bytes::copy_of(piece.held.data.span());
  const auto at = waiting_.begin() + static_cast<std::ptrdiff_t>(first);
  if (first == last) {
    waiting_.insert(at, std::move(piece));
  } else {
    for (std::size_t i = first; i < last; ++i) remove_piece(waiting_[i]);
    *at = std::move(piece);
    waiting_.erase(at + 1, waiting_.begin() + static_cast<std::ptrdiff_t>(last));
  }
  run_count_ = run_count_ + runs_in(first, first + 2) - runs_before;
  // [quic.md 92], [quic.md §3.5] More separate pieces than we are willing to hold.
  if (run_count_ > gaps_max) return transport_error(ErrorCode::internal_error, "too many gaps in received data");
  if (waiting_.size() >= compact_at_) compact(compacted_size_max);
  return {};
}

void Reassembler::join_small_pieces() {
  if (waiting_.size() > run_count_) compact(2 * pinning_slice_size_min);
}

/// Joins neighbours by copying: many small slices become few, and what they pinned is free.
void Reassembler::compact(std::size_t size_max) {
  std::vector<Piece> joined;
  for (std::size_t i = 0; i < waiting_.size();) {
    std::size_t size = waiting_[i].size();
    std::size_t next = i + 1;
    while (size < size_max / 2 && next < waiting_.size() && waiting_[next].begin == waiting_[next - 1].end() &&
           size + waiting_[next].size() <= size_max) {
      size += waiting_[next++].size();
    }
    if (next == i + 1) {
      joined.push_back(std::move(waiting_[i]));
    } else {
      Chunk* chunk = Chunk::create(size);
      const std::byte* begin = chunk->end();
      for (std::size_t j = i; j < next; ++j) {
        chunk->append(waiting_[j].held.data.span());
        remove_piece(waiting_[j]);
      }
      add_piece(size);
      joined.push_back({waiting_[i].begin, {Bytes(SharedBufferRef::adopt(chunk), {begin, size})}});
    }
    i = next;
  }
  waiting_ = std::move(joined);
  compact_at_ = std::max(2 * gaps_max, 2 * waiting_.size());
}

}  // namespace iroh::quic
