// SPDX-License-Identifier: MIT OR Apache-2.0
/// ChunkRangesSeq: which parts of which blobs of a request are meant. [blobs.md §3.3]
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "iroh/blobs/chunk_ranges.hpp"

namespace iroh {

/// Range sets for positions 0, 1, 2, ... without end: each entry holds from its position to that of the next, the last
/// one for ever; before the first there is nothing. Always in canonical form.
class ChunkRangesSeq {
 public:
  struct Entry {
    std::uint64_t position = 0;
    ChunkRanges ranges;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  /// A position and what is selected there, which is not empty.
  struct Selected {
    std::uint64_t position = 0;
    const ChunkRanges* ranges = nullptr;  ///< valid as long as the sequence
  };

  ChunkRangesSeq() noexcept = default;  ///< nothing
  /// Everything, for ever: a hash sequence with all its children.
  static ChunkRangesSeq all() { return repeat(ChunkRanges::all()); }
  /// The same at every position.
  static ChunkRangesSeq repeat(ChunkRanges ranges);
  /// Position 0 alone: a single blob.
  static ChunkRangesSeq root(ChunkRanges ranges);
  /// One set for each position, and nothing after the last.
  static ChunkRangesSeq finite(std::span<const ChunkRanges> sets);
  /// One set for each position, and the last for ever.
  static ChunkRangesSeq infinite(std::span<const ChunkRanges> sets);
  /// Nothing unless the entries are canonical: positions increase, neighbours differ, the first is not empty.
  static std::optional<ChunkRangesSeq> from_entries(std::vector<Entry> entries);

  std::span<const Entry> entries() const noexcept { return entries_; }
  bool is_empty() const noexcept { return entries_.empty(); }
  /// Something is selected at every position from some point on.
  bool is_infinite() const noexcept { return !entries_.empty() && !entries_.back().ranges.is_empty(); }
  /// Position 0 and nothing else: the request is for a raw blob.
  bool is_single_blob() const noexcept;
  const ChunkRanges& at(std::uint64_t position) const noexcept;
  /// The first position from this one on at which something is selected, in logarithmic time.
  std::optional<Selected> next_selected(std::uint64_t position) const noexcept;

  friend bool operator==(const ChunkRangesSeq&, const ChunkRangesSeq&) = default;

 private:
  explicit ChunkRangesSeq(std::vector<Entry> entries) noexcept : entries_(std::move(entries)) {}

  std::vector<Entry> entries_;
};

/// Builds a sequence position by position; positions left out are empty.
class ChunkRangesSeqBuilder {
 public:
  /// Positions must increase.
  void set(std::uint64_t position, ChunkRanges ranges);
  /// From this position on, for ever.
  void set_rest(std::uint64_t position, ChunkRanges ranges);
  ChunkRangesSeq build() &&;

 private:
  void append(std::uint64_t position, ChunkRanges ranges);

  std::vector<ChunkRangesSeq::Entry> entries_;
  std::uint64_t next_ = 0;  ///< the first position not decided yet
  bool is_infinite_ = false;
};

}  // namespace iroh
