// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bao/range_spec.hpp"

#include <limits>

namespace iroh::bao {

void write_range_spec(base::PostcardWriter& writer, const ChunkRanges& ranges) {
  // [blobs.md 24]
  writer.u64(ranges.boundaries().size());
  std::uint64_t previous = 0;
  for (const std::uint64_t boundary : ranges.boundaries()) {
    writer.u64(boundary - previous);
    previous = boundary;
  }
}

std::optional<ChunkRanges> read_range_spec(base::PostcardReader& reader) {
  const auto count = reader.u64();
  // The count is the peer's word; every number takes at least one byte, so memory grows only with what was really sent.
  if (!count || *count > reader.remaining()) return std::nullopt;
  std::vector<std::uint64_t> boundaries;
  boundaries.reserve(static_cast<std::size_t>(*count));
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto distance = reader.u64();
    // [blobs.md 26] Repeated boundaries and sums past 2^64 - 1 are malformed.
    if (!distance || (i > 0 && *distance == 0)) return std::nullopt;
    if (*distance > std::numeric_limits<std::uint64_t>::max() - sum) return std::nullopt;
    boundaries.push_back(sum += *distance);
  }
  return ChunkRanges::from_boundaries(std::move(boundaries));
}

}  // namespace iroh::bao
