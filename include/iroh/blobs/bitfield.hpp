// SPDX-License-Identifier: MIT OR Apache-2.0
/// Bitfield: which chunks of a blob are present and verified, and the best known size. [blobs.md §4.2]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "iroh/base/result.hpp"
#include "iroh/blobs/chunk_ranges.hpp"

namespace iroh {

/// Always in canonical form: a complete blob has all ranges; an open end marks a proven size.
class Bitfield {
 public:
  Bitfield() noexcept = default;  ///< nothing known; neutral in combine()
  Bitfield(std::uint64_t size, ChunkRanges ranges);
  static Bitfield complete(std::uint64_t size) { return {size, ChunkRanges::all()}; }
  /// Fails with BlobError::truncated. Unsorted and repeated boundaries, which peers may send, are sorted out.
  static Result<Bitfield> from_bytes(std::span<const std::byte> bytes);

  /// A claim unless is_validated().
  std::uint64_t size() const noexcept { return size_; }
  const ChunkRanges& ranges() const noexcept { return ranges_; }
  bool is_complete() const noexcept { return ranges_.is_all(); }
  /// The last chunk is present, so the size is proven.
  bool is_validated() const noexcept;
  std::optional<std::uint64_t> validated_size() const noexcept;
  /// Bytes present.
  std::uint64_t total_bytes() const noexcept;

  /// The union, with the size that has more behind it. Commutative.
  Bitfield combine(const Bitfield& other) const;
  /// What only one of the two has, with the same choice of size.
  Bitfield difference(const Bitfield& other) const;
  /// Completeness or the validated size differ: worth a database write and a message.
  bool differs_in_state(const Bitfield& other) const noexcept;

  std::vector<std::byte> to_bytes() const;

  friend bool operator==(const Bitfield&, const Bitfield&) noexcept = default;

 private:
  std::uint64_t size_ = 0;
  ChunkRanges ranges_;
};

}  // namespace iroh
