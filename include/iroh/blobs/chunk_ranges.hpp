// SPDX-License-Identifier: MIT OR Apache-2.0
/// ChunkRanges: which parts of a blob are meant, in chunks of 1024 bytes. [blobs.md §2.4]
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace iroh {

/// A set of chunk numbers, kept as strictly increasing boundaries: [b0, b1) and [b2, b3) and so on; an odd count leaves
/// the last interval open. A plain value; looking something up takes the logarithm of the number of boundaries.
class ChunkRanges {
 public:
  static constexpr std::uint64_t chunk_size = 1024;
  static constexpr std::uint64_t last_chunk_number = std::numeric_limits<std::uint64_t>::max();

  ChunkRanges() noexcept = default;  ///< empty
  static ChunkRanges all() { return from(0); }
  /// Everything from this chunk on.
  static ChunkRanges from(std::uint64_t begin);
  /// [begin, end); empty unless begin < end.
  static ChunkRanges range(std::uint64_t begin, std::uint64_t end);
  static ChunkRanges chunk(std::uint64_t number) { return range(number, number + 1); }
  /// The customary way to ask for a proof of the size.
  static ChunkRanges last_chunk() { return from(last_chunk_number); }
  /// The chunks that the bytes [begin, end) touch.
  static ChunkRanges bytes(std::uint64_t begin, std::uint64_t end);
  static ChunkRanges bytes_from(std::uint64_t begin) { return from(begin / chunk_size); }
  /// Nothing unless the boundaries are strictly increasing.
  static std::optional<ChunkRanges> from_boundaries(std::vector<std::uint64_t> boundaries);

  std::span<const std::uint64_t> boundaries() const noexcept { return boundaries_; }
  bool is_empty() const noexcept { return boundaries_.empty(); }
  bool is_all() const noexcept { return boundaries_.size() == 1 && boundaries_[0] == 0; }
  bool is_open_ended() const noexcept { return boundaries_.size() % 2 == 1; }

  bool contains(std::uint64_t chunk) const noexcept;
  /// Every chunk of [begin, end) is in the set; true for an empty interval.
  bool contains(std::uint64_t begin, std::uint64_t end) const noexcept;
  /// Some chunk of [begin, end) is in the set.
  bool intersects(std::uint64_t begin, std::uint64_t end) const noexcept;
  /// Some chunk from `begin` on is in the set.
  bool reaches(std::uint64_t begin) const noexcept;
  /// Where the run of members that starts at `chunk` ends; `chunk` itself if it is not in the set; the largest number
  /// if the run is open.
  std::uint64_t run_end(std::uint64_t chunk) const noexcept;

  friend ChunkRanges operator|(const ChunkRanges& left, const ChunkRanges& right);  ///< union
  friend ChunkRanges operator&(const ChunkRanges& left, const ChunkRanges& right);  ///< intersection
  friend ChunkRanges operator-(const ChunkRanges& left, const ChunkRanges& right);  ///< difference
  friend ChunkRanges operator^(const ChunkRanges& left, const ChunkRanges& right);  ///< symmetric difference
  ChunkRanges& operator|=(const ChunkRanges& other) { return *this = *this | other; }
  ChunkRanges& operator&=(const ChunkRanges& other) { return *this = *this & other; }
  ChunkRanges& operator-=(const ChunkRanges& other) { return *this = *this - other; }

  /// "[0,16) [32,..)", or "nothing".
  std::string to_string() const;

  friend bool operator==(const ChunkRanges&, const ChunkRanges&) noexcept = default;

 private:
  explicit ChunkRanges(std::vector<std::uint64_t> boundaries) noexcept : boundaries_(std::move(boundaries)) {}
  template <class Keep>
  static ChunkRanges merge(const ChunkRanges& left, const ChunkRanges& right, Keep keep);
  /// How many boundaries are <= chunk; odd means that the chunk is in the set.
  std::size_t boundaries_until(std::uint64_t chunk) const noexcept;

  std::vector<std::uint64_t> boundaries_;
};

/// Writes to_string().
std::ostream& operator<<(std::ostream& out, const ChunkRanges& ranges);

}  // namespace iroh
