// SPDX-License-Identifier: MIT OR Apache-2.0
// Which parts of stored data can be proven, group by group: after a crash, and when a user asks for a check.
// [blobs.md §2.10]
#pragma once

#include "bao/item.hpp"
#include "bao/source.hpp"
#include "iroh/blobs/chunk_ranges.hpp"

namespace iroh::bao {

struct ValidRanges {
  ChunkRanges ranges;
  std::optional<Error> first_error;  ///< the first node or group that did not verify; for reports
  bool is_complete_scan = true;      ///< false if a read error ended the scan
};

/// Looks only at groups that the query selects. Hashes a run of groups at a time.
ValidRanges find_valid_ranges(Source& source, const Digest& hash, const Geometry& geometry, const ChunkRanges& query);

}  // namespace iroh::bao
