// SPDX-License-Identifier: MIT OR Apache-2.0
// The shape of a blob's tree: a matter of its size alone. Nodes are chunk intervals; groups of 16 chunks are what
// hashes are stored for. Sizes up to 2^64 - 1 do not overflow. [blobs.md §2.2], [blobs.md §2.3]
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/assert.hpp"
#include "blake3/kernel.hpp"

namespace iroh::bao {

using blake3::chunk_size;

/// A pair of chaining values: what a parent node consists of on the wire and in an outboard.
inline constexpr std::size_t pair_size = 64;
/// Chunks in a group as a power of two; part of the protocol. Tests also use 0, the group size of the Bao
/// specification.
inline constexpr unsigned default_group_log = 4;
inline constexpr std::size_t group_size = chunk_size << default_group_log;
/// No tree is deeper: 2^64 bytes are 2^54 chunks.
inline constexpr std::size_t max_depth = 54;

/// The chunk interval [begin, end).
struct Node {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t chunks() const noexcept { return end - begin; }
  /// Where the right child begins: after the largest power of two of chunks that is less than the node's. The node must
  /// have more than one chunk.
  std::uint64_t middle() const noexcept { return begin + std::bit_floor(chunks() - 1); }
  Node left() const noexcept { return {begin, middle()}; }
  Node right() const noexcept { return {middle(), end}; }
  friend bool operator==(const Node&, const Node&) = default;
};

class Geometry {
 public:
  explicit Geometry(std::uint64_t size, unsigned group_log = default_group_log) noexcept
      : size_(size), group_log_(group_log) {}

  std::uint64_t size() const noexcept { return size_; }
  unsigned group_log() const noexcept { return group_log_; }
  /// [blobs.md 22] Counted without adding to the size.
  std::uint64_t chunks() const noexcept {
    return std::max<std::uint64_t>(1, size_ / chunk_size + (size_ % chunk_size != 0 ? 1 : 0));
  }
  std::uint64_t group_chunks() const noexcept { return std::uint64_t{1} << group_log_; }
  std::uint64_t groups() const noexcept { return groups_until(chunks()); }
  std::uint64_t outboard_size() const noexcept { return (groups() - 1) * pair_size; }
  Node root() const noexcept { return {0, chunks()}; }

  bool is_root(const Node& node) const noexcept { return node.begin == 0 && node.end == chunks(); }
  /// True for nodes with a pair in the outboard; the others are groups or lie inside one.
  bool is_stored(const Node& node) const noexcept { return node.chunks() > group_chunks(); }

  std::uint64_t offset(const Node& node) const noexcept { return node.begin * chunk_size; }
  /// Bytes of the blob below the node. The end is compared in chunks: in bytes it may exceed the number range.
  std::uint64_t length(const Node& node) const noexcept {
    const std::uint64_t begin = offset(node);
    return node.end >= chunks() ? size_ - std::min(size_, begin) : node.end * chunk_size - begin;
  }

  /// [blobs.md 13] The index of a stored node's pair in the order pair, left subtree, right subtree: on the way down a
  /// left turn passes one pair, a right turn as many as the left side has groups.
  std::uint64_t pre_order_index(const Node& node) const noexcept {
    std::uint64_t left_turns = 0;
    for (Node at = root(); at != node;) {
      IROH_ASSERT(at.chunks() > 1);
      const bool goes_left = node.begin < at.middle();
      left_turns += goes_left ? 1 : 0;
      at = goes_left ? at.left() : at.right();
    }
    return groups_until(node.begin) + left_turns;
  }
  /// In the order left subtree, right subtree, pair: a subtree of k groups has k - 1 pairs, its own last.
  std::uint64_t post_order_index(const Node& node) const noexcept {
    std::uint64_t right_turns = 0;
    for (Node at = root(); at != node;) {
      IROH_ASSERT(at.chunks() > 1);
      const bool goes_left = node.begin < at.middle();
      right_turns += goes_left ? 0 : 1;
      at = goes_left ? at.left() : at.right();
    }
    return groups_until(node.end) - 2 - right_turns;
  }

 private:
  std::uint64_t groups_until(std::uint64_t chunk) const noexcept {
    return chunk / group_chunks() + (chunk % group_chunks() != 0 ? 1 : 0);
  }

  std::uint64_t size_;
  unsigned group_log_;
};

}  // namespace iroh::bao
