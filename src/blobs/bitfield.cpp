// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/bitfield.hpp"

#include <algorithm>
#include <limits>

#include "bao/geometry.hpp"
#include "base/postcard.hpp"
#include "iroh/blobs/blob_error.hpp"

namespace iroh {
namespace {

constexpr std::uint64_t unbounded = std::numeric_limits<std::uint64_t>::max();

ChunkRanges canonical(std::uint64_t size, ChunkRanges ranges) {
  // [blobs.md 56]
  if (size == 0) return ranges;  // everything or nothing, as it is
  const std::uint64_t chunks = bao::Geometry(size).chunks();
  if (ranges.contains(0, chunks)) return ChunkRanges::all();
  if (ranges.contains(chunks - 1)) ranges |= ChunkRanges::from(chunks);
  return ranges;
}

/// How far the knowledge behind a bitfield reaches.
std::uint64_t upper_end(const ChunkRanges& ranges) noexcept {
  if (ranges.is_empty()) return 0;
  return ranges.is_open_ended() ? unbounded : ranges.boundaries().back();
}

std::uint64_t choose_size(const Bitfield& a, const Bitfield& b) noexcept {
  const std::uint64_t end_a = upper_end(a.ranges());
  const std::uint64_t end_b = upper_end(b.ranges());
  if (end_a == end_b) return std::max(a.size(), b.size());
  return end_a > end_b ? a.size() : b.size();
}

/// Boundaries as a peer may send them: sorted, and pairs of equal ones dropped, which changes no membership.
std::vector<std::uint64_t> normalised(std::vector<std::uint64_t> boundaries) {
  std::ranges::sort(boundaries);
  std::vector<std::uint64_t> kept;
  for (const std::uint64_t boundary : boundaries) {
    if (!kept.empty() && kept.back() == boundary) {
      kept.pop_back();
    } else {
      kept.push_back(boundary);
    }
  }
  return kept;
}

}  // namespace

Bitfield::Bitfield(std::uint64_t size, ChunkRanges ranges) : size_(size), ranges_(canonical(size, std::move(ranges))) {}

bool Bitfield::is_validated() const noexcept {
  return size_ == 0 ? ranges_.is_all() : ranges_.contains(bao::Geometry(size_).chunks() - 1);
}

std::optional<std::uint64_t> Bitfield::validated_size() const noexcept {
  return is_validated() ? std::optional(size_) : std::nullopt;
}

std::uint64_t Bitfield::total_bytes() const noexcept {
  const auto byte_at = [this](std::uint64_t chunk) {
    return chunk >= bao::Geometry(size_).chunks() ? size_ : chunk * ChunkRanges::chunk_size;
  };
  std::uint64_t total = 0;
  const auto boundaries = ranges_.boundaries();
  for (std::size_t i = 0; i < boundaries.size(); i += 2) {
    const std::uint64_t end = i + 1 < boundaries.size() ? boundaries[i + 1] : unbounded;
    total += byte_at(end) - byte_at(boundaries[i]);
  }
  return total;
}

Bitfield Bitfield::combine(const Bitfield& other) const {
  return {choose_size(*this, other), ranges_ | other.ranges_};
}

Bitfield Bitfield::difference(const Bitfield& other) const {
  return {choose_size(*this, other), ranges_ ^ other.ranges_};
}

bool Bitfield::differs_in_state(const Bitfield& other) const noexcept {
  return is_complete() != other.is_complete() || validated_size() != other.validated_size();
}

std::vector<std::byte> Bitfield::to_bytes() const {
  base::PostcardWriter writer;
  writer.u64(1 + ranges_.boundaries().size());
  writer.u64(size_);
  for (const std::uint64_t boundary : ranges_.boundaries()) writer.u64(boundary);
  return writer.take();
}

Result<Bitfield> Bitfield::from_bytes(std::span<const std::byte> bytes) {
  base::PostcardReader reader(bytes);
  const auto count = reader.u64();
  const auto size = reader.u64();
  // Every number takes a byte at least, so the count cannot make memory grow beyond what was sent.
  if (!count || !size || *count == 0 || *count - 1 > reader.remaining()) {
    return std::unexpected(make_error_code(BlobError::truncated));
  }
  std::vector<std::uint64_t> boundaries;
  for (std::uint64_t i = 1; i < *count; ++i) {
    const auto boundary = reader.u64();
    if (!boundary) return std::unexpected(make_error_code(BlobError::truncated));
    boundaries.push_back(*boundary);
  }
  return Bitfield(*size, *ChunkRanges::from_boundaries(normalised(std::move(boundaries))));
}

}  // namespace iroh
