// SPDX-License-Identifier: MIT OR Apache-2.0
// Which blobs a request consists of, one after the other: both ends of a transfer walk in the same way. Hash sequences
// are read from the store, a group at a time, so that a part of one is enough. [blobs.md §3.4], [blobs.md §3.5]
#pragma once

#include <optional>
#include <vector>

#include "blobs/store/store.hpp"
#include "iroh/blobs/request.hpp"

namespace iroh::blobs {

/// Hashes of a sequence around the one that was asked for last. Memory: one group.
class HashWindow {
 public:
  explicit HashWindow(const Hash& hash_seq) noexcept : hash_seq_(hash_seq) {}

  /// Nothing past the end, if that is proven. Fails with BlobError::not_found if the chunk that holds the hash is not
  /// there, or it cannot be told where the end is; with BlobError::invalid_hash_seq if the size is no multiple of 32.
  Result<std::optional<Hash>> at(Store& store, std::uint64_t index);

 private:
  Result<void> load(BlobReader& reader, std::uint64_t offset);
  bool load_verified_group(BlobReader& reader, std::uint64_t offset);

  Hash hash_seq_;
  std::vector<std::byte> bytes_;
  std::uint64_t first_byte_ = 0;
};

class RequestWalk {
 public:
  struct Step {
    std::uint64_t index = 0;  ///< position in the request
    Hash hash;
    const ChunkRanges* ranges = nullptr;  ///< not empty; valid as long as the walk
  };

  explicit RequestWalk(GetRequest request)
      : ranges_(std::move(request.ranges)), root_(request.hash), window_(request.hash) {}
  explicit RequestWalk(GetManyRequest request)
      : ranges_(std::move(request.ranges)), hashes_(std::move(request.hashes)), root_(Hash::empty()), window_(root_) {}
  RequestWalk(const RequestWalk&) = delete;
  RequestWalk& operator=(const RequestWalk&) = delete;

  /// The next blob; nothing after the last. Errors as HashWindow.
  Result<std::optional<Step>> next(Store& store);
  /// The request goes on for ever: only its hash sequence ends it.
  bool is_infinite() const noexcept { return ranges_.is_infinite(); }
  /// The blob at position 0 is a list of hashes, and more than it may follow.
  bool has_hash_seq() const noexcept { return !hashes_ && !ranges_.is_single_blob(); }

 private:
  ChunkRangesSeq ranges_;
  std::optional<std::vector<Hash>> hashes_;  ///< of a get-many
  Hash root_;
  HashWindow window_;
  std::uint64_t next_ = 0;
  bool is_over_ = false;
};

}  // namespace iroh::blobs
