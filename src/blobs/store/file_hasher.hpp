// SPDX-License-Identifier: MIT OR Apache-2.0
// Hashes a file of any size on several threads and computes its outboard, copying the file on the way if asked: one
// pass over the data, and memory that does not depend on the size. [blobs.md §6.3]
#pragma once

#include <vector>

#include "bao/geometry.hpp"
#include "blobs/store/file.hpp"
#include "blobs/store/store.hpp"

namespace iroh::blobs {

/// More threads gain nothing that the disk could follow, and each has its buffers.
inline constexpr std::size_t max_hash_threads = 16;
/// Read, hashed and written at once by each of them; it stays in the processor's cache in between.
inline constexpr std::size_t hash_buffer_size = std::size_t{256} << 10;

/// The number given, or that of the cores for 0; within the limit.
std::size_t hash_threads(std::size_t wanted);

struct HashJob {
  const File& source;
  std::uint64_t size = 0;          ///< of the source; if it turns out shorter the job fails with BlobError::truncated
  const File* copy_to = nullptr;   ///< gets the same bytes
  const File* outboard = nullptr;  ///< gets the pairs, each at its place
  std::size_t threads = 1;
  Progress progress = {};  ///< called on the caller's thread
};

struct HashedFile {
  Hash hash;
  std::vector<std::byte> outboard;  ///< empty if it went to a file
};

Result<HashedFile> hash_file(const HashJob& job);

}  // namespace iroh::blobs
