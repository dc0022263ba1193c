// SPDX-License-Identifier: MIT OR Apache-2.0
// What a range set means for a blob of known size, and what of each node is sent for it. Requests are made without
// knowing the size: whatever they ask for past the end selects the last chunk. [blobs.md §2.5], [blobs.md §2.6]
#pragma once

#include "bao/geometry.hpp"
#include "iroh/blobs/chunk_ranges.hpp"

namespace iroh::bao {

/// [blobs.md 15] A view: the ranges must outlive it.
class Selection {
 public:
  Selection(const ChunkRanges& ranges, const Geometry& geometry) noexcept
      : ranges_(&ranges), chunks_(geometry.chunks()), last_is_selected_(ranges.reaches(chunks_)) {}

  /// Something of the node is selected.
  bool touches(const Node& node) const noexcept {
    return (last_is_selected_ && node.end == chunks_) || ranges_->intersects(node.begin, node.end);
  }
  /// All of the node is selected.
  bool covers(const Node& node) const noexcept { return run_end(node.begin) >= node.end; }
  /// Where the selected run that starts at this chunk ends, at most at the end of the blob.
  std::uint64_t run_end(std::uint64_t chunk) const noexcept {
    const std::uint64_t end = std::min(ranges_->run_end(chunk), chunks_);
    return last_is_selected_ && end + 1 == chunks_ ? chunks_ : end;
  }
  /// The same as a set of its own.
  ChunkRanges to_ranges() const {
    ChunkRanges effective = *ranges_ & ChunkRanges::range(0, chunks_);
    if (last_is_selected_) effective |= ChunkRanges::range(chunks_ - 1, chunks_);
    return effective;
  }

 private:
  const ChunkRanges* ranges_;
  std::uint64_t chunks_;
  bool last_is_selected_;
};

}  // namespace iroh::bao
