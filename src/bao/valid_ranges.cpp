// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bao/valid_ranges.hpp"

#include <array>
#include <vector>

#include "bao/group_hashes.hpp"
#include "bao/selection.hpp"

namespace iroh::bao {
namespace {

class Scan {
 public:
  Scan(Source& source, const Geometry& geometry, const ChunkRanges& query)
      : source_(source), geometry_(geometry), selection_(query, geometry), groups_(geometry) {}

  ValidRanges run(const Digest& hash) {
    push(geometry_.root(), hash, 0);
    while (depth_ > 0 && result_.is_complete_scan) {
      const Pending top = stack_[--depth_];
      geometry_.is_stored(top.node) ? visit_pair(top) : visit_group(top);
    }
    if (auto found = ChunkRanges::from_boundaries(std::move(boundaries_))) result_.ranges = std::move(*found);
    return std::move(result_);
  }

 private:
  struct Pending {
    Node node;
    Digest expected;
    std::uint64_t pair_index;
  };

  void push(const Node& node, const Digest& expected, std::uint64_t pair_index) {
    if (selection_.touches(node)) stack_[depth_++] = {node, expected, pair_index};
  }

  void visit_pair(const Pending& top) {
    const auto stored = source_.pair(top.pair_index);
    if (!stored) return stop(top.node);
    // [blobs.md 23] A missing pair counts as zeros, which verify nothing.
    const Pair pair = stored->value_or(Pair{});
    Digest left;
    Digest right;
    std::copy_n(pair.begin(), left.size(), left.begin());
    std::copy_n(pair.begin() + left.size(), right.size(), right.begin());
    if (blake3::parent(left, right, role(top.node)) != top.expected) {
      return note(*stored ? ErrorKind::parent_mismatch : ErrorKind::parent_missing, top.node);
    }
    const std::uint64_t left_groups = (top.node.middle() - top.node.begin) >> geometry_.group_log();
    push(top.node.right(), right, top.pair_index + left_groups);
    push(top.node.left(), left, top.pair_index + 1);
  }

  void visit_group(const Pending& top) {
    const auto group = groups_.get(source_, top.node, selection_);
    if (!group) return stop(top.node);
    if (!*group) return note(ErrorKind::leaf_missing, top.node);
    if ((*group)->value != top.expected) return note(ErrorKind::leaf_mismatch, top.node);
    if (!boundaries_.empty() && boundaries_.back() == top.node.begin) {
      boundaries_.back() = top.node.end;
    } else {
      boundaries_.insert(boundaries_.end(), {top.node.begin, top.node.end});
    }
  }

  blake3::Node role(const Node& node) const {
    return geometry_.is_root(node) ? blake3::Node::root : blake3::Node::inner;
  }
  void note(ErrorKind kind, const Node& node) {
    if (!result_.first_error) result_.first_error = Error{kind, node};
  }
  void stop(const Node& node) {
    note(ErrorKind::io, node);
    result_.is_complete_scan = false;
  }

  Source& source_;
  Geometry geometry_;
  Selection selection_;
  GroupHashes groups_;
  std::array<Pending, max_depth + 2> stack_;
  std::size_t depth_ = 0;
  std::vector<std::uint64_t> boundaries_;
  ValidRanges result_;
};

}  // namespace

ValidRanges find_valid_ranges(Source& source, const Digest& hash, const Geometry& geometry, const ChunkRanges& query) {
  return Scan(source, geometry, query).run(hash);
}

}  // namespace iroh::bao
