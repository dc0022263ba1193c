// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bao/decoder.hpp"

#include <algorithm>

namespace iroh::bao {

Decoder::Decoder(const Digest& hash, const ChunkRanges& ranges, unsigned group_log)
    : hash_(hash),
      ranges_(&ranges),
      group_log_(group_log),
      selection_(ranges, geometry_),
      is_done_(ranges.is_empty()) {}

bool Decoder::is_leaf(const Node& node) const noexcept {
  return node.chunks() == 1 || (!geometry_.is_stored(node) && selection_.covers(node));
}

/// count bytes in one piece; nothing if they have not all arrived. Then what is there is kept.
std::optional<ByteSpan> Decoder::take(ByteSpan& input, std::size_t count) {
  if (partial_is_used_) {
    partial_.clear();
    partial_is_used_ = false;
  }
  if (partial_.empty() && input.size() >= count) {
    const ByteSpan whole = input.first(count);
    input = input.subspan(count);
    return whole;
  }
  const ByteSpan part = input.first(std::min(input.size(), count - partial_.size()));
  if (partial_.capacity() < count) partial_.reserve(std::size_t{chunk_size} << group_log_);
  partial_.insert(partial_.end(), part.begin(), part.end());
  input = input.subspan(part.size());
  if (partial_.size() < count) return std::nullopt;
  partial_is_used_ = true;
  return partial_;
}

void Decoder::begin(std::uint64_t size) {
  size_ = size;
  geometry_ = Geometry(size, group_log_);
  selection_ = Selection(*ranges_, geometry_);
  push(geometry_.root(), hash_, 0);
}

void Decoder::push(const Node& node, const Digest& expected, std::uint64_t pair_index) {
  if (selection_.touches(node)) stack_[depth_++] = {node, expected, pair_index};
}

std::expected<std::optional<Item>, Error> Decoder::next(ByteSpan& input) {
  if (failure_) return std::unexpected(*failure_);
  if (is_done_) return std::nullopt;
  if (!size_) {
    const auto header = take(input, size_header_size);
    if (!header) return std::nullopt;
    std::uint64_t size = 0;
    for (std::size_t i = size_header_size; i-- > 0;) size = size << 8 | std::to_integer<std::uint64_t>((*header)[i]);
    begin(size);
  }
  // [blobs.md 18] Exactly the bytes of the next item.
  const Pending top = stack_[depth_ - 1];
  const std::size_t needed = is_leaf(top.node) ? static_cast<std::size_t>(geometry_.length(top.node)) : pair_size;
  const auto bytes = take(input, needed);
  if (!bytes) return std::nullopt;
  --depth_;
  auto item = accept(top, *bytes);
  if (!item) {
    failure_ = item.error();
    return std::unexpected(*failure_);
  }
  is_done_ = depth_ == 0;
  return *item;
}

std::expected<Item, Error> Decoder::accept(const Pending& top, ByteSpan bytes) {
  return is_leaf(top.node) ? accept_leaf(top, bytes) : accept_parent(top, bytes);
}

std::expected<Item, Error> Decoder::accept_leaf(const Pending& top, ByteSpan bytes) {
  const auto role = geometry_.is_root(top.node) ? blake3::Node::root : blake3::Node::inner;
  // [blobs.md 19], [blobs.md 21] No bytes are hashed like any others: only EMPTY passes with size 0.
  if (blake3::subtree(bytes, top.node.begin, role) != top.expected) {
    return std::unexpected(Error{ErrorKind::leaf_mismatch, top.node});
  }
  // [blobs.md §2.9] The hash binds the length of the last chunk and, on the way to it, the shape of the tree.
  if (top.node.end == geometry_.chunks()) is_size_proven_ = true;
  return Item{ItemKind::leaf, top.node, bytes};
}

std::expected<Item, Error> Decoder::accept_parent(const Pending& top, ByteSpan bytes) {
  Digest left;
  Digest right;
  std::ranges::copy(bytes.first(left.size()), left.begin());
  std::ranges::copy(bytes.subspan(left.size()), right.begin());
  const auto role = geometry_.is_root(top.node) ? blake3::Node::root : blake3::Node::inner;
  if (blake3::parent(left, right, role) != top.expected) {
    return std::unexpected(Error{ErrorKind::parent_mismatch, top.node});
  }
  const std::uint64_t left_groups = (top.node.middle() - top.node.begin) >> group_log_;
  push(top.node.right(), right, top.pair_index + left_groups);
  push(top.node.left(), left, top.pair_index + 1);
  const bool is_stored = geometry_.is_stored(top.node);
  return Item{ItemKind::parent, top.node, bytes, is_stored ? top.pair_index : 0, is_stored};
}

Error Decoder::end_of_stream() const noexcept {
  // [blobs.md 20]
  const bool is_inside_item = !partial_.empty() && !partial_is_used_;
  if (!size_) return {is_inside_item ? ErrorKind::truncated : ErrorKind::size_missing, {}};
  if (depth_ == 0) return {ErrorKind::truncated, {}};
  const Node& node = stack_[depth_ - 1].node;
  if (is_inside_item) return {ErrorKind::truncated, node};
  return {is_leaf(node) ? ErrorKind::leaf_missing : ErrorKind::parent_missing, node};
}

}  // namespace iroh::bao
