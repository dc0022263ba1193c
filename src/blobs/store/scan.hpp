// SPDX-License-Identifier: MIT OR Apache-2.0
// Finds what can be proven of stored data, on several threads, at hashing speed. [blobs.md §2.10]
#pragma once

#include "bao/valid_ranges.hpp"
#include "blobs/store/store.hpp"
#include "blobs/store/stored_source.hpp"

namespace iroh::blobs {

struct ScanOptions {
  std::size_t threads = 1;
  Progress progress = {};  ///< bytes looked at; called on the caller's thread
};

/// Looks only at groups that the query selects. Work and memory follow the query, not the size, which may be a lie.
bao::ValidRanges scan_blob(const StoredBlob& blob, const Hash& hash, std::uint64_t size, const ChunkRanges& query,
                           const ScanOptions& options);

/// The groups of which the file has blocks on the disk: where a sparse file cannot have anything is not looked at.
ChunkRanges allocated_chunks(const File& file);

}  // namespace iroh::blobs
