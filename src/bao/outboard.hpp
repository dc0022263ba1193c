// SPDX-License-Identifier: MIT OR Apache-2.0
// Makes the pre-order outboard of a blob: every pair above the groups, 64 bytes each, without a header. [blobs.md §2.3]
#pragma once

#include <array>
#include <vector>

#include "bao/geometry.hpp"
#include "bao/item.hpp"
#include "blake3/parallel.hpp"

namespace iroh::bao {

/// Takes a blob of known size in order and writes pairs as they become known into the caller's memory (which may be a
/// mapped file). Its own memory does not depend on the size.
class OutboardBuilder {
 public:
  /// `outboard` has geometry.outboard_size() bytes and outlives the builder.
  OutboardBuilder(const Geometry& geometry, base::MutableByteSpan outboard) noexcept;

  /// The next piece; all but the last must be whole groups.
  void update(ByteSpan data);
  /// As update(), on several threads.
  void update(ByteSpan data, const blake3::ParallelFor& parallel_for);
  /// The hash of the blob; all of its bytes must have come.
  Digest finish();

 private:
  struct Subtree {
    Node node;
    Digest value;
  };

  void add(const Node& node, const Digest& value);
  void merge_top();
  Digest write_parent(const Node& node, const Digest& left, const Digest& right, blake3::Node role);

  Geometry geometry_;
  base::MutableByteSpan outboard_;
  std::uint64_t next_chunk_ = 0;
  std::uint64_t bytes_ = 0;
  /// Finished left subtrees that wait for their right siblings.
  std::array<Subtree, max_depth + 2> stack_;
  std::size_t depth_ = 0;
  std::vector<Digest> values_;
  Digest root_{};
};

/// Of data in memory.
struct Outboard {
  Digest hash;
  std::vector<std::byte> bytes;
};
Outboard make_outboard(ByteSpan data, unsigned group_log = default_group_log);

/// The same pairs in post-order.
std::vector<std::byte> to_post_order(ByteSpan pre_order, const Geometry& geometry);

}  // namespace iroh::bao
