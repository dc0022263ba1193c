// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/chunk_ranges.hpp"

#include <algorithm>
#include <ostream>

namespace iroh {

ChunkRanges ChunkRanges::from(std::uint64_t begin) {
  return ChunkRanges({begin});
}

ChunkRanges ChunkRanges::range(std::uint64_t begin, std::uint64_t end) {
  return begin < end ? ChunkRanges({begin, end}) : ChunkRanges();
}

ChunkRanges ChunkRanges::bytes(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return {};
  // [blobs.md §2.4] Rounded outwards, and without overflow at the end of the number range.
  return range(begin / chunk_size, end / chunk_size + (end % chunk_size != 0 ? 1 : 0));
}

std::optional<ChunkRanges> ChunkRanges::from_boundaries(std::vector<std::uint64_t> boundaries) {
  const auto not_increasing = [](std::uint64_t a, std::uint64_t b) { return a >= b; };
  if (std::ranges::adjacent_find(boundaries, not_increasing) != boundaries.end()) return std::nullopt;
  return ChunkRanges(std::move(boundaries));
}

std::size_t ChunkRanges::boundaries_until(std::uint64_t chunk) const noexcept {
  return static_cast<std::size_t>(std::ranges::upper_bound(boundaries_, chunk) - boundaries_.begin());
}

bool ChunkRanges::contains(std::uint64_t chunk) const noexcept {
  return boundaries_until(chunk) % 2 == 1;
}

bool ChunkRanges::contains(std::uint64_t begin, std::uint64_t end) const noexcept {
  return begin >= end || run_end(begin) >= end;
}

bool ChunkRanges::intersects(std::uint64_t begin, std::uint64_t end) const noexcept {
  if (begin >= end) return false;
  const std::size_t until = boundaries_until(begin);
  return until % 2 == 1 || (until < boundaries_.size() && boundaries_[until] < end);
}

bool ChunkRanges::reaches(std::uint64_t begin) const noexcept {
  return is_open_ended() || (!boundaries_.empty() && boundaries_.back() > begin);
}

std::uint64_t ChunkRanges::run_end(std::uint64_t chunk) const noexcept {
  const std::size_t until = boundaries_until(chunk);
  if (until % 2 == 0) return chunk;
  return until < boundaries_.size() ? boundaries_[until] : std::numeric_limits<std::uint64_t>::max();
}

/// [blobs.md 14] Walks both boundary lists once; keep(in_left, in_right) says what belongs to the result.
template <class Keep>
ChunkRanges ChunkRanges::merge(const ChunkRanges& left, const ChunkRanges& right, Keep keep) {
  ChunkRanges merged;
  bool in_left = false;
  bool in_right = false;
  auto l = left.boundaries_.begin();
  auto r = right.boundaries_.begin();
  while (l != left.boundaries_.end() || r != right.boundaries_.end()) {
    const bool take_left = l != left.boundaries_.end() && (r == right.boundaries_.end() || *l <= *r);
    const bool take_right = r != right.boundaries_.end() && (l == left.boundaries_.end() || *r <= *l);
    const std::uint64_t boundary = take_left ? *l : *r;
    if (take_left) ++l, in_left = !in_left;
    if (take_right) ++r, in_right = !in_right;
    if (keep(in_left, in_right) != merged.is_open_ended()) merged.boundaries_.push_back(boundary);
  }
  return merged;
}

ChunkRanges operator|(const ChunkRanges& left, const ChunkRanges& right) {
  return ChunkRanges::merge(left, right, [](bool l, bool r) { return l || r; });
}
ChunkRanges operator&(const ChunkRanges& left, const ChunkRanges& right) {
  return ChunkRanges::merge(left, right, [](bool l, bool r) { return l && r; });
}
ChunkRanges operator-(const ChunkRanges& left, const ChunkRanges& right) {
  return ChunkRanges::merge(left, right, [](bool l, bool r) { return l && !r; });
}
ChunkRanges operator^(const ChunkRanges& left, const ChunkRanges& right) {
  return ChunkRanges::merge(left, right, [](bool l, bool r) { return l != r; });
}

std::string ChunkRanges::to_string() const {
  if (boundaries_.empty()) return "nothing";
  std::string text;
  for (std::size_t i = 0; i < boundaries_.size(); i += 2) {
    if (i > 0) text += ' ';
    text.append("[").append(std::to_string(boundaries_[i])).append(",");
    text += i + 1 < boundaries_.size() ? std::to_string(boundaries_[i + 1]) : std::string("..");
    text += ')';
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const ChunkRanges& ranges) {
  return out << ranges.to_string();
}

}  // namespace iroh
