// SPDX-License-Identifier: MIT OR Apache-2.0
// Chaining values of parts of the BLAKE3 tree, and whole hashes. Everything takes the data as it lies in memory and
// works on as many chunks at once as the kernel has lanes. [blobs.md §2.1]
#pragma once

#include <cstdint>
#include <span>

#include "base/byte_span.hpp"
#include "blake3/kernel.hpp"

namespace iroh::blake3 {

using base::ByteSpan;
using base::MutableByteSpan;

/// A hash, or the chaining value of an inner node.
using Digest = std::array<std::byte, digest_size>;

/// What distinguishes plain, keyed and derived hashes: the words that chunks and parents start from, and a flag.
struct Mode {
  Words key = initial_words;
  std::uint8_t flags = 0;

  static Mode keyed(std::span<const std::byte, digest_size> key) noexcept;
  /// The context names the purpose of a derived key and is hard-coded by whoever derives.
  static Mode derive_key(ByteSpan context) noexcept;
};

/// Whether a node is the top of its tree. A hash never equals the inner chaining value of the same bytes.
enum class Node { inner, root };

/// The hash of all the data.
Digest hash(ByteSpan data, const Mode& mode = {}) noexcept;

/// The chaining value of data that starts at chunk number `first_chunk` of its blob. As Node::root, the data must be
/// the whole blob. The run must be a node of the tree: a power of two of chunks at a multiple of that, or the blob's
/// end.
Digest subtree(ByteSpan data, std::uint64_t first_chunk, Node node = Node::inner, const Mode& mode = {}) noexcept;

/// Cuts data into runs of `run_size` (chunk_size times a power of two, the last may be shorter) and writes the inner
/// chaining value of each. One call for many runs is faster than one call each.
void subtrees(ByteSpan data, std::size_t run_size, std::uint64_t first_chunk, std::span<Digest> out) noexcept;

Digest parent(const Digest& left, const Digest& right, Node node = Node::inner, const Mode& mode = {}) noexcept;

/// The same functions on a given kernel, for tests and benchmarks and for the functions above.
namespace on {
Digest chunk(const Kernel& kernel, ByteSpan data, std::uint64_t number, Node node, const Mode& mode) noexcept;
Digest subtree(const Kernel& kernel, ByteSpan data, std::uint64_t first_chunk, Node node, const Mode& mode) noexcept;
void subtrees(const Kernel& kernel, ByteSpan data, std::size_t run_size, std::uint64_t first_chunk,
              std::span<Digest> out, const Mode& mode) noexcept;
Digest parent(const Kernel& kernel, const Digest& left, const Digest& right, Node node, const Mode& mode) noexcept;
}  // namespace on

}  // namespace iroh::blake3
