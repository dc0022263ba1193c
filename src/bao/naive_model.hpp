// SPDX-License-Identifier: MIT OR Apache-2.0
// The slow, recursive twin of the encoder and decoder, straight from the rules, for tests to compare with. It knows
// hashing, sets of numbers and recursion, and none of the production code. [blobs.md §7.3.6]
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <set>
#include <vector>

#include "blake3/tree.hpp"
#include "iroh/blobs/chunk_ranges.hpp"

namespace iroh::bao::naive {

using Bytes = std::vector<std::byte>;
using blake3::Digest;

struct Blob {
  base::ByteSpan data;
  std::uint64_t max_leaf_chunks = 16;

  std::uint64_t chunks() const { return std::max<std::uint64_t>(1, (data.size() + 1023) / 1024); }
  base::ByteSpan bytes(std::uint64_t begin, std::uint64_t end) const {
    const std::size_t from = static_cast<std::size_t>(begin) * 1024;
    return data.subspan(from, std::min<std::size_t>(data.size(), static_cast<std::size_t>(end) * 1024) - from);
  }
  Digest value(std::uint64_t begin, std::uint64_t end, bool is_root = false) const {
    const auto role = is_root ? blake3::Node::root : blake3::Node::inner;
    if (end - begin == 1) return blake3::subtree(bytes(begin, end), begin, role);
    const std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
    return blake3::parent(value(begin, middle), value(middle, end), role);
  }
};

/// The effective set as plain numbers.
inline std::set<std::uint64_t> effective_set(const ChunkRanges& ranges, std::uint64_t chunks) {
  std::set<std::uint64_t> effective;
  for (std::uint64_t chunk = 0; chunk < chunks; ++chunk) {
    if (ranges.contains(chunk)) effective.insert(chunk);
  }
  const auto boundaries = ranges.boundaries();
  const bool reaches_past_end = boundaries.size() % 2 == 1 || (!boundaries.empty() && boundaries.back() > chunks);
  if (reaches_past_end) effective.insert(chunks - 1);
  return effective;
}

struct Encoding {
  Bytes bytes;
  Bytes payload;
  std::size_t pairs = 0;
  std::size_t leaves = 0;
  std::vector<std::size_t> item_ends;  ///< positions in bytes
};

inline void append(Bytes& to, base::ByteSpan from) {
  to.insert(to.end(), from.begin(), from.end());
}

inline void visit(const Blob& blob, const std::set<std::uint64_t>& effective, std::uint64_t begin, std::uint64_t end,
                  Encoding& out) {
  const auto first = effective.lower_bound(begin);
  const auto last = effective.lower_bound(end);
  const auto selected = static_cast<std::uint64_t>(std::distance(first, last));
  if (selected == 0) return;
  const std::uint64_t count = end - begin;
  if (count == 1 || (selected == count && count <= blob.max_leaf_chunks)) {
    append(out.bytes, blob.bytes(begin, end));
    append(out.payload, blob.bytes(begin, end));
    ++out.leaves;
    out.item_ends.push_back(out.bytes.size());
    return;
  }
  const std::uint64_t middle = begin + std::bit_floor(count - 1);
  append(out.bytes, blob.value(begin, middle));
  append(out.bytes, blob.value(middle, end));
  ++out.pairs;
  out.item_ends.push_back(out.bytes.size());
  visit(blob, effective, begin, middle, out);
  visit(blob, effective, middle, end, out);
}

inline Encoding encode(const Blob& blob, const ChunkRanges& ranges) {
  Encoding out;
  for (unsigned i = 0; i < 8; ++i) out.bytes.push_back(static_cast<std::byte>(blob.data.size() >> (8 * i)));
  out.item_ends.push_back(out.bytes.size());
  visit(blob, effective_set(ranges, blob.chunks()), 0, blob.chunks(), out);
  return out;
}

/// The pairs above the groups, each before its children.
inline void pre_order(const Blob& blob, std::uint64_t begin, std::uint64_t end, Bytes& out) {
  if (end - begin <= blob.max_leaf_chunks) return;
  const std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
  append(out, blob.value(begin, middle));
  append(out, blob.value(middle, end));
  pre_order(blob, begin, middle, out);
  pre_order(blob, middle, end, out);
}

}  // namespace iroh::bao::naive
