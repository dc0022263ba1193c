// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bao/outboard.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace iroh::bao {
namespace {

/// What one thread hashes before it asks for more.
constexpr std::size_t part_groups = 16;

}  // namespace

OutboardBuilder::OutboardBuilder(const Geometry& geometry, base::MutableByteSpan outboard) noexcept
    : geometry_(geometry), outboard_(outboard) {
  IROH_ASSERT(outboard.size() == geometry.outboard_size());
}

void OutboardBuilder::update(ByteSpan data) {
  update(data, [](std::size_t count, const std::function<void(std::size_t)>& task) {
    for (std::size_t i = 0; i < count; ++i) task(i);
  });
}

void OutboardBuilder::update(ByteSpan data, const blake3::ParallelFor& parallel_for) {
  if (data.empty()) return;
  const std::size_t group_bytes = chunk_size << geometry_.group_log();
  IROH_ASSERT(bytes_ + data.size() <= geometry_.size());
  IROH_ASSERT(data.size() % group_bytes == 0 || bytes_ + data.size() == geometry_.size());
  bytes_ += data.size();
  if (geometry_.groups() == 1) {
    root_ = blake3::hash(data);
    return;
  }
  values_.resize((data.size() - 1) / group_bytes + 1);
  blake3::subtrees_in_parallel(data, group_bytes, next_chunk_, values_, part_groups * group_bytes, parallel_for);
  for (const Digest& value : values_) {
    const Node group = {next_chunk_, std::min(next_chunk_ + geometry_.group_chunks(), geometry_.chunks())};
    next_chunk_ = group.end;
    add(group, value);
  }
}

/// Merges as long as the two topmost subtrees are the children of one node of the tree: equally large ones are, and at
/// the end of the blob all are.
void OutboardBuilder::add(const Node& node, const Digest& value) {
  stack_[depth_++] = {node, value};
  const bool is_end = node.end == geometry_.chunks();
  while (depth_ >= 2) {
    const Node& left = stack_[depth_ - 2].node;
    const Node& right = stack_[depth_ - 1].node;
    if (!is_end && left.chunks() != right.chunks()) return;
    merge_top();
  }
}

void OutboardBuilder::merge_top() {
  const Subtree& left = stack_[depth_ - 2];
  const Subtree& right = stack_[depth_ - 1];
  const Node node = {left.node.begin, right.node.end};
  const auto role = geometry_.is_root(node) ? blake3::Node::root : blake3::Node::inner;
  const Digest value = write_parent(node, left.value, right.value, role);
  stack_[depth_ - 2] = {node, value};
  --depth_;
  if (role == blake3::Node::root) root_ = value;
}

Digest OutboardBuilder::write_parent(const Node& node, const Digest& left, const Digest& right, blake3::Node role) {
  const auto offset = static_cast<std::ptrdiff_t>(geometry_.pre_order_index(node) * pair_size);
  const auto after_left = std::ranges::copy(left, outboard_.begin() + offset).out;
  std::ranges::copy(right, after_left);
  return blake3::parent(left, right, role);
}

Digest OutboardBuilder::finish() {
  IROH_ASSERT(bytes_ == geometry_.size());
  return bytes_ == 0 ? blake3::hash({}) : root_;
}

Outboard make_outboard(ByteSpan data, unsigned group_log) {
  const Geometry geometry(data.size(), group_log);
  Outboard outboard{.hash = {}, .bytes = std::vector<std::byte>(geometry.outboard_size())};
  OutboardBuilder builder(geometry, outboard.bytes);
  builder.update(data);
  outboard.hash = builder.finish();
  return outboard;
}

namespace {

void copy_in_post_order(ByteSpan from, const Geometry& geometry, const Node& node, base::MutableByteSpan to) {
  if (!geometry.is_stored(node)) return;
  copy_in_post_order(from, geometry, node.left(), to);
  copy_in_post_order(from, geometry, node.right(), to);
  const auto pair = from.subspan(geometry.pre_order_index(node) * pair_size, pair_size);
  std::ranges::copy(pair, to.begin() + static_cast<std::ptrdiff_t>(geometry.post_order_index(node) * pair_size));
}

}  // namespace

std::vector<std::byte> to_post_order(ByteSpan pre_order, const Geometry& geometry) {
  std::vector<std::byte> post_order(pre_order.size());
  copy_in_post_order(pre_order, geometry, geometry.root(), post_order);
  return post_order;
}

}  // namespace iroh::bao
