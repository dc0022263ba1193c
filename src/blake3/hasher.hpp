// SPDX-License-Identifier: MIT OR Apache-2.0
// The hash of data that comes in pieces, in any mode, with output of any length. No allocation.
#pragma once

#include <cstdint>

#include "blake3/tree.hpp"

namespace iroh::blake3 {

class Hasher {
 public:
  explicit Hasher(const Mode& mode = {}) noexcept : mode_(mode) {}

  void update(ByteSpan data) noexcept;
  /// The hash of everything so far; more may follow.
  Digest finish() const noexcept;
  /// Extended output from its byte `position` on; its first 32 bytes are finish().
  void finish(MutableByteSpan out, std::uint64_t position = 0) const noexcept;

 private:
  /// What the compression function would be given for the topmost node.
  struct RootInput {
    Words value;
    std::array<std::byte, block_size> block;
    std::uint32_t block_length;
    std::uint8_t flags;
  };

  RootInput root_input() const noexcept;
  RootInput chunk_input(ByteSpan data) const noexcept;
  RootInput parent_input(const Digest& left, const Digest& right) const noexcept;
  /// Adds a complete subtree of 2^level chunks after which data is known to follow.
  void push(const Digest& value, unsigned level) noexcept;
  ByteSpan take_subtrees(ByteSpan data) noexcept;

  static constexpr std::size_t max_depth = 54;  // 2^54 chunks are 2^64 bytes

  Mode mode_;
  std::uint64_t chunks_done_ = 0;  ///< chunks below stack_
  /// Left siblings that wait for their right ones: one per set bit of chunks_done_, largest first.
  std::array<Digest, max_depth> stack_;
  std::size_t depth_ = 0;
  /// The last chunk is held back until more follows, for it may be the end.
  std::array<std::byte, chunk_size> buffer_;
  std::size_t buffered_ = 0;
};

}  // namespace iroh::blake3
