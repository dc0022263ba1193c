// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/chunk_ranges_seq.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace iroh {

ChunkRangesSeq ChunkRangesSeq::repeat(ChunkRanges ranges) {
  ChunkRangesSeqBuilder builder;
  builder.set_rest(0, std::move(ranges));
  return std::move(builder).build();
}

ChunkRangesSeq ChunkRangesSeq::root(ChunkRanges ranges) {
  ChunkRangesSeqBuilder builder;
  builder.set(0, std::move(ranges));
  return std::move(builder).build();
}

ChunkRangesSeq ChunkRangesSeq::finite(std::span<const ChunkRanges> sets) {
  ChunkRangesSeqBuilder builder;
  for (std::size_t i = 0; i < sets.size(); ++i) builder.set(i, sets[i]);
  return std::move(builder).build();
}

ChunkRangesSeq ChunkRangesSeq::infinite(std::span<const ChunkRanges> sets) {
  ChunkRangesSeqBuilder builder;
  for (std::size_t i = 0; i + 1 < sets.size(); ++i) builder.set(i, sets[i]);
  if (!sets.empty()) builder.set_rest(sets.size() - 1, sets.back());
  return std::move(builder).build();
}

std::optional<ChunkRangesSeq> ChunkRangesSeq::from_entries(std::vector<Entry> entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i == 0 ? entries[i].ranges.is_empty() : entries[i].ranges == entries[i - 1].ranges) return std::nullopt;
    if (i > 0 && entries[i].position <= entries[i - 1].position) return std::nullopt;
  }
  return ChunkRangesSeq(std::move(entries));
}

bool ChunkRangesSeq::is_single_blob() const noexcept {
  return entries_.size() == 2 && entries_[0].position == 0 && entries_[1].position == 1 &&
         entries_[1].ranges.is_empty();
}

const ChunkRanges& ChunkRangesSeq::at(std::uint64_t position) const noexcept {
  static const ChunkRanges nothing;
  const auto after = std::ranges::upper_bound(entries_, position, {}, &Entry::position);
  return after == entries_.begin() ? nothing : std::prev(after)->ranges;
}

std::optional<ChunkRangesSeq::Selected> ChunkRangesSeq::next_selected(std::uint64_t position) const noexcept {
  // [blobs.md 26] Over entries, not over positions: gaps of any length cost nothing.
  auto at = std::ranges::upper_bound(entries_, position, {}, &Entry::position);
  if (at != entries_.begin() && !std::prev(at)->ranges.is_empty()) return Selected{position, &std::prev(at)->ranges};
  if (at == entries_.end()) return std::nullopt;
  // Neighbours differ, so what follows something empty, or is the first, is not empty.
  return Selected{at->position, &at->ranges};
}

void ChunkRangesSeqBuilder::append(std::uint64_t position, ChunkRanges ranges) {
  // [blobs.md 25] An entry only where something changes.
  const bool is_change = entries_.empty() ? !ranges.is_empty() : entries_.back().ranges != ranges;
  if (is_change) entries_.push_back({position, std::move(ranges)});
}

void ChunkRangesSeqBuilder::set(std::uint64_t position, ChunkRanges ranges) {
  IROH_ASSERT(position >= next_ && !is_infinite_);
  if (position > next_) append(next_, ChunkRanges());
  append(position, std::move(ranges));
  next_ = position + 1;
}

void ChunkRangesSeqBuilder::set_rest(std::uint64_t position, ChunkRanges ranges) {
  set(position, std::move(ranges));
  is_infinite_ = true;
}

ChunkRangesSeq ChunkRangesSeqBuilder::build() && {
  // [blobs.md 25] The end is said only if there is something to end.
  if (!is_infinite_ && next_ != 0) append(next_, ChunkRanges());
  return *ChunkRangesSeq::from_entries(std::move(entries_));
}

}  // namespace iroh
