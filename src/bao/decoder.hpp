// SPDX-License-Identifier: MIT OR Apache-2.0
// The receiver's side: bytes of an encoding in, verified items out. Feed it whatever has arrived; it takes what it
// needs from the front, hands leaves out as views into that input where they lie there whole, and stops for good at the
// first byte that does not verify. Memory does not depend on the claimed size. [blobs.md §2.8], [blobs.md §2.9]
#pragma once

#include <array>
#include <expected>
#include <optional>
#include <vector>

#include "bao/item.hpp"
#include "bao/selection.hpp"

namespace iroh::bao {

class Decoder {
 public:
  /// For an encoding that begins with its size. The ranges must outlive the decoder.
  Decoder(const Digest& hash, const ChunkRanges& ranges, unsigned group_log = default_group_log);

  /// Takes bytes from the front of `input` until an item is complete and verified; nothing if more bytes are needed, or
  /// none (is_done()).
  std::expected<std::optional<Item>, Error> next(ByteSpan& input);
  /// The encoding is complete; what follows in the stream is not a part of it. True at once for empty ranges.
  bool is_done() const noexcept { return is_done_; }
  /// What it means if the stream ends cleanly now, before is_done().
  Error end_of_stream() const noexcept;

  /// What the sender claims, once it has arrived.
  std::optional<std::uint64_t> claimed_size() const noexcept { return size_; }
  /// The last chunk was verified: the claimed size is the true one.
  bool is_size_proven() const noexcept { return is_size_proven_; }

 private:
  struct Pending {
    Node node;
    Digest expected;
    std::uint64_t pair_index;
  };

  bool is_leaf(const Node& node) const noexcept;
  std::optional<ByteSpan> take(ByteSpan& input, std::size_t count);
  void begin(std::uint64_t size);
  void push(const Node& node, const Digest& expected, std::uint64_t pair_index);
  std::expected<Item, Error> accept(const Pending& top, ByteSpan bytes);
  std::expected<Item, Error> accept_leaf(const Pending& top, ByteSpan bytes);
  std::expected<Item, Error> accept_parent(const Pending& top, ByteSpan bytes);

  Digest hash_;
  const ChunkRanges* ranges_;
  unsigned group_log_;
  std::optional<std::uint64_t> size_;
  Geometry geometry_{0};
  Selection selection_;
  std::array<Pending, max_depth + 2> stack_;
  std::size_t depth_ = 0;
  std::vector<std::byte> partial_;  ///< the beginning of an item whose rest has not arrived; at most one leaf
  bool partial_is_used_ = false;
  bool is_done_ = false;
  bool is_size_proven_ = false;
  std::optional<Error> failure_;
};

}  // namespace iroh::bao
