// SPDX-License-Identifier: MIT OR Apache-2.0
// What an encoded blob consists of after its size, verified, and what can be wrong with it. [blobs.md §2.6], [blobs.md
// §2.8]
#pragma once

#include <optional>
#include <string>

#include "bao/geometry.hpp"
#include "base/byte_span.hpp"
#include "blake3/tree.hpp"

namespace iroh::bao {

using base::ByteSpan;
using blake3::Digest;

/// Bytes of the size in front of every encoding, little-endian.
inline constexpr std::size_t size_header_size = 8;

enum class ItemKind { parent, leaf };

/// A pair of chaining values, or the data of at most one group.
struct Item {
  ItemKind kind = ItemKind::leaf;
  Node node;
  ByteSpan bytes;                ///< valid until the next call to whoever made the item
  std::uint64_t pair_index = 0;  ///< of a parent, in the pre-order outboard
  bool is_stored = false;        ///< false for pairs inside a group, which no outboard has, and for leaves

  bool is_leaf() const noexcept { return kind == ItemKind::leaf; }
  std::uint64_t offset() const noexcept { return node.begin * chunk_size; }
};

enum class ErrorKind {
  size_missing,     ///< the stream ended before the size: the provider does not have the blob
  parent_missing,   ///< ended, or nothing stored, exactly where a pair should be
  leaf_missing,     ///< ended, or nothing stored, exactly where data should be
  parent_mismatch,  ///< a pair does not have the expected hash
  leaf_mismatch,    ///< data does not have the expected hash
  truncated,        ///< ended inside an item
  io,               ///< the store could not read
};

struct Error {
  ErrorKind kind;
  Node node;  ///< where; the wrong or missing bytes of a leaf begin at node.begin * chunk_size

  std::uint64_t offset() const noexcept { return node.begin * chunk_size; }
  std::string to_string() const;
  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace iroh::bao
