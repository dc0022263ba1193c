// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is asked of a provider. [blobs.md §3.2]
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "iroh/blobs/chunk_ranges_seq.hpp"
#include "iroh/blobs/hash.hpp"

namespace iroh {

/// The protocol's name for Router::accept() and Endpoint::connect().
inline constexpr std::string_view blobs_alpn = "/iroh-bytes/4";

enum class RequestKind : std::uint8_t { get, get_many, push, observe };

/// A blob, or a hash sequence and its children: position 0 is the blob itself, position i + 1 its child i. Also
/// describes what a push brings.
struct GetRequest {
  Hash hash;
  ChunkRangesSeq ranges;

  static GetRequest blob(const Hash& hash) { return {hash, ChunkRangesSeq::root(ChunkRanges::all())}; }
  static GetRequest blob_ranges(const Hash& hash, ChunkRanges ranges) {
    return {hash, ChunkRangesSeq::root(std::move(ranges))};
  }
  static GetRequest hash_seq(const Hash& hash) { return {hash, ChunkRangesSeq::all()}; }
  static GetRequest all_of(const HashAndFormat& content) {
    return content.format == BlobFormat::raw ? blob(content.hash) : hash_seq(content.hash);
  }

  /// What is asked for, as content: raw if it is a single blob.
  HashAndFormat content() const noexcept {
    return {hash, ranges.is_single_blob() ? BlobFormat::raw : BlobFormat::hash_seq};
  }
  friend bool operator==(const GetRequest&, const GetRequest&) = default;
};

/// Several blobs: position i is hashes[i].
struct GetManyRequest {
  std::vector<Hash> hashes;
  ChunkRangesSeq ranges;

  /// All of each; duplicates are merged.
  static GetManyRequest all_of(std::vector<Hash> hashes);
  friend bool operator==(const GetManyRequest&, const GetManyRequest&) = default;
};

struct ObserveRequest {
  Hash hash;
  ChunkRanges ranges = ChunkRanges::all();
  friend bool operator==(const ObserveRequest&, const ObserveRequest&) = default;
};

}  // namespace iroh
