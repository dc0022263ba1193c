// SPDX-License-Identifier: MIT OR Apache-2.0
// A range set on the wire: the distances between its boundaries. Only the canonical form is written and accepted.
// [blobs.md §3.3]
#pragma once

#include <optional>

#include "base/postcard.hpp"
#include "iroh/blobs/chunk_ranges.hpp"

namespace iroh::bao {

void write_range_spec(base::PostcardWriter& writer, const ChunkRanges& ranges);
/// Nothing if the input ends too early, a boundary repeats or the sum exceeds 64 bits.
std::optional<ChunkRanges> read_range_spec(base::PostcardReader& reader);

}  // namespace iroh::bao
