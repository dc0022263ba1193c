// SPDX-License-Identifier: MIT OR Apache-2.0
// The encoding of any part of a blob, item by item, from stored data and outboard. Nothing is handed out that was not
// verified against the hash. The caller sends size_header() first. [blobs.md §2.6], [blobs.md §2.7]
#pragma once

#include <array>
#include <expected>
#include <optional>

#include "bao/group_hashes.hpp"
#include "bao/item.hpp"
#include "bao/selection.hpp"
#include "bao/source.hpp"

namespace iroh::bao {

/// A size as it stands in front of every encoding.
std::array<std::byte, size_header_size> encode_size(std::uint64_t size) noexcept;

class Encoder {
 public:
  /// The ranges must outlive the encoder. Empty ranges give no item at all.
  Encoder(const Digest& hash, const Geometry& geometry, const ChunkRanges& ranges) noexcept;

  std::array<std::byte, size_header_size> size_header() const noexcept { return encode_size(geometry_.size()); }
  /// The next item; nothing after the last one. After an error there is nothing more to get.
  std::expected<std::optional<Item>, Error> next(Source& source);

 private:
  struct Pending {
    Node node;
    Digest expected;
    std::uint64_t pair_index;
  };

  std::expected<std::optional<Item>, Error> next_pair(Source& source, const Pending& top);
  std::expected<std::optional<Item>, Error> begin_group(Source& source, const Pending& top);
  Item next_in_group();
  void push(const Node& node, const Digest& expected, std::uint64_t pair_index) noexcept;
  blake3::Node role(const Node& node) const noexcept;
  std::unexpected<Error> fail(ErrorKind kind, const Node& node) noexcept;

  Geometry geometry_;
  Selection selection_;
  GroupHashes groups_;
  /// Nodes still to be visited, the next one on top. Per level only the right child waits.
  std::array<Pending, max_depth + 2> stack_;
  std::size_t depth_ = 0;
  /// A group that is only partly selected: verified as a whole, its pairs are computed from its data.
  ByteSpan group_data_;
  std::uint64_t group_begin_ = 0;
  std::array<Node, max_depth + 2> in_group_;
  std::size_t in_group_depth_ = 0;
  Pair pair_;
};

}  // namespace iroh::bao
