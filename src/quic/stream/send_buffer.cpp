// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/send_buffer.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "quic/stream/chunk.hpp"

namespace iroh::quic {
namespace {

/// Chunks grow with what is held, so that a stream of a few bytes stays small.
constexpr std::uint64_t chunk_size_min = 1024;

}  // namespace

void SendBuffer::write(ByteSpan data) {
  while (!data.empty()) {
    if (tail_chunk_ == nullptr || tail_chunk_->room() == 0) {
      const std::uint64_t wanted = std::max<std::uint64_t>(data.size(), unacked());
      tail_chunk_ = Chunk::create(std::clamp<std::uint64_t>(wanted, chunk_size_min, chunk_size_max));
      segments_.push_back({end_, Bytes(SharedBufferRef::adopt(tail_chunk_), {tail_chunk_->end(), 0})});
    }
    const std::size_t count = std::min(data.size(), tail_chunk_->room());
    tail_chunk_->append(data.first(count));
    Bytes& tail = segments_.back().data;
    tail = Bytes(tail.owner(), {tail.data(), tail.size() + count});
    end_ += count;
    data = data.subspan(count);
  }
}

void SendBuffer::append(Bytes data) {
  if (data.size() < slice_size_min) return write(data.span());
  const std::uint64_t begin = end_;
  end_ += data.size();
  segments_.push_back({begin, std::move(data)});
  tail_chunk_ = nullptr;
}

base::Interval SendBuffer::next(std::uint64_t max) const noexcept {
  if (!lost_.is_empty()) {
    const base::Interval& first = lost_.front();
    return {first.begin, first.begin + std::min(first.length(), max)};
  }
  return {sent_end_, sent_end_ + std::min(end_ - sent_end_, max)};
}

void SendBuffer::write_to(PacketWriter& packet, base::Interval interval) {
  if (interval.is_empty()) return;
  IROH_DCHECK(interval.begin >= acked_end_ && interval.end <= end_);
  cursor_ = append_to(packet, interval);
  if (interval.begin < sent_end_) lost_.remove(interval);
  sent_end_ = std::max(sent_end_, interval.end);
}

/// The segment in which the interval ends.
std::size_t SendBuffer::append_to(PacketWriter& packet, base::Interval interval) {
  std::size_t at = segment_at(interval.begin);
  for (std::uint64_t offset = interval.begin;;) {
    const Segment& segment = segments_[at];
    const std::uint64_t skip = offset - segment.begin;
    const std::uint64_t count = std::min(segment.data.size() - skip, interval.end - offset);
    packet.append_external(segment.data.span().subspan(skip, count));
    offset += count;
    if (offset == interval.end) return at;
    ++at;
  }
}

std::uint64_t SendBuffer::on_acked(base::Interval interval) {
  IROH_DCHECK(interval.end <= sent_end_ || interval.is_empty());
  interval.begin = std::max(interval.begin, acked_end_);
  if (interval.is_empty()) return 0;
  if (!lost_.is_empty()) lost_.remove(interval);
  if (interval.begin > acked_end_) {
    acked_.insert(interval);
    return 0;
  }
  const std::uint64_t before = acked_end_;
  acked_end_ = interval.end;
  while (!acked_.is_empty() && acked_.front().begin <= acked_end_) {
    acked_end_ = std::max(acked_end_, acked_.front().end);
    acked_.pop_front();
  }
  drop_acked_segments();
  return acked_end_ - before;
}

void SendBuffer::on_lost(base::Interval interval) {
  interval.begin = std::max(interval.begin, acked_end_);
  if (interval.is_empty()) return;
  lost_.insert(interval);
  for (const base::Interval& acked : acked_) {
    if (acked.begin >= interval.end) break;
    lost_.remove(acked);
  }
}

std::uint64_t SendBuffer::discard() noexcept {
  const std::uint64_t never_sent = end_ - sent_end_;
  segments_ = {};
  head_ = cursor_ = 0;
  tail_chunk_ = nullptr;
  end_ = acked_end_ = sent_end_;
  acked_.clear();
  lost_.clear();
  return never_sent;
}

std::size_t SendBuffer::segment_at(std::uint64_t offset) noexcept {
  // Sending goes on where it stopped, in the same segment or the next one.
  for (std::size_t at = std::max(cursor_, head_); at < segments_.size() && at <= cursor_ + 1; ++at) {
    if (segments_[at].begin <= offset && offset < segments_[at].end()) return at;
  }
  const auto live = segments_.begin() + static_cast<std::ptrdiff_t>(head_);
  const auto after = std::upper_bound(
      live, segments_.end(), offset, [](std::uint64_t value, const Segment& segment) { return value < segment.begin; });
  IROH_ASSERT(after != live);
  return static_cast<std::size_t>(after - segments_.begin()) - 1;
}

void SendBuffer::drop_acked_segments() {
  while (head_ < segments_.size() && segments_[head_].end() <= acked_end_) segments_[head_++].data = Bytes();
  if (head_ == segments_.size()) {
    segments_.clear();
    head_ = cursor_ = 0;
    tail_chunk_ = nullptr;
  } else if (head_ >= 32 && 2 * head_ >= segments_.size()) {
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(head_));
    cursor_ -= std::min(cursor_, head_);
    head_ = 0;
  }
}

}  // namespace iroh::quic
