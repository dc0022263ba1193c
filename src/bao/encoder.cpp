// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bao/encoder.hpp"

#include <algorithm>

namespace iroh::bao {

std::array<std::byte, size_header_size> encode_size(std::uint64_t size) noexcept {
  std::array<std::byte, size_header_size> header;
  for (std::size_t i = 0; i < header.size(); ++i) header[i] = static_cast<std::byte>(size >> (8 * i));
  return header;
}

Encoder::Encoder(const Digest& hash, const Geometry& geometry, const ChunkRanges& ranges) noexcept
    : geometry_(geometry), selection_(ranges, geometry), groups_(geometry) {
  push(geometry.root(), hash, 0);
}

void Encoder::push(const Node& node, const Digest& expected, std::uint64_t pair_index) noexcept {
  if (selection_.touches(node)) stack_[depth_++] = {node, expected, pair_index};
}

blake3::Node Encoder::role(const Node& node) const noexcept {
  return geometry_.is_root(node) ? blake3::Node::root : blake3::Node::inner;
}

std::unexpected<Error> Encoder::fail(ErrorKind kind, const Node& node) noexcept {
  depth_ = 0;
  return std::unexpected(Error{kind, node});
}

std::expected<std::optional<Item>, Error> Encoder::next(Source& source) {
  // [blobs.md 16]
  if (in_group_depth_ > 0) return next_in_group();
  if (depth_ == 0) return std::nullopt;
  const Pending top = stack_[--depth_];
  return geometry_.is_stored(top.node) ? next_pair(source, top) : begin_group(source, top);
}

std::expected<std::optional<Item>, Error> Encoder::next_pair(Source& source, const Pending& top) {
  const auto stored = source.pair(top.pair_index);
  if (!stored) return fail(ErrorKind::io, top.node);
  if (!*stored) return fail(ErrorKind::parent_missing, top.node);
  pair_ = **stored;
  Digest left;
  Digest right;
  std::copy_n(pair_.begin(), left.size(), left.begin());
  std::copy_n(pair_.begin() + left.size(), right.size(), right.begin());
  if (blake3::parent(left, right, role(top.node)) != top.expected) return fail(ErrorKind::parent_mismatch, top.node);
  const std::uint64_t left_groups = (top.node.middle() - top.node.begin) >> geometry_.group_log();
  push(top.node.right(), right, top.pair_index + left_groups);
  push(top.node.left(), left, top.pair_index + 1);
  return Item{ItemKind::parent, top.node, pair_, top.pair_index, true};
}

std::expected<std::optional<Item>, Error> Encoder::begin_group(Source& source, const Pending& top) {
  const auto group = groups_.get(source, top.node, selection_);
  if (!group) return fail(ErrorKind::io, top.node);
  if (!*group) return fail(ErrorKind::leaf_missing, top.node);
  if ((*group)->value != top.expected) return fail(ErrorKind::leaf_mismatch, top.node);
  if (selection_.covers(top.node)) return Item{ItemKind::leaf, top.node, (*group)->data};
  group_data_ = (*group)->data;
  group_begin_ = top.node.begin;
  in_group_[in_group_depth_++] = top.node;
  return next_in_group();
}

Item Encoder::next_in_group() {
  const auto data_of = [this](const Node& node) {
    const auto begin = static_cast<std::size_t>((node.begin - group_begin_) * chunk_size);
    return group_data_.subspan(begin, static_cast<std::size_t>(geometry_.length(node)));
  };
  const Node node = in_group_[--in_group_depth_];
  if (node.chunks() == 1 || selection_.covers(node)) return {ItemKind::leaf, node, data_of(node)};
  const Digest left = blake3::subtree(data_of(node.left()), node.left().begin);
  const Digest right = blake3::subtree(data_of(node.right()), node.right().begin);
  std::ranges::copy(left, pair_.begin());
  std::ranges::copy(right, pair_.begin() + left.size());
  if (selection_.touches(node.right())) in_group_[in_group_depth_++] = node.right();
  if (selection_.touches(node.left())) in_group_[in_group_depth_++] = node.left();
  return {ItemKind::parent, node, pair_};
}

}  // namespace iroh::bao
