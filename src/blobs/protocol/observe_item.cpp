// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/protocol/observe_item.hpp"

#include <algorithm>

namespace iroh::blobs {
namespace {

/// Bytes of the longest length.
constexpr std::size_t varint_max = 10;

}  // namespace

std::vector<std::byte> encode_observe_item(std::uint64_t size, const ChunkRanges& ranges) {
  // [blobs.md 48] Boundaries as they are, not as distances.
  base::PostcardWriter body;
  body.u64(size);
  body.u64(ranges.boundaries().size());
  for (const std::uint64_t boundary : ranges.boundaries()) body.u64(boundary);
  base::PostcardWriter writer;
  writer.bytes(body.written());
  return writer.take();
}

std::vector<std::byte> encode_observe_change(const Bitfield& previous, const Bitfield& next) {
  return encode_observe_item(previous.combine(next).size(), previous.ranges() ^ next.ranges());
}

bool ObserveReader::feed(base::ByteSpan input) {
  partial_.insert(partial_.end(), input.begin(), input.end());
  std::size_t taken = 0;
  while (taken < partial_.size()) {
    const auto rest = base::ByteSpan(partial_).subspan(taken);
    base::PostcardReader reader(rest);
    const auto length = reader.u64();
    if (!length && rest.size() >= varint_max) return false;
    if (!length) break;
    // [blobs.md 51] Longer items are nothing that we would keep.
    if (*length > request_size_max) return false;
    const auto body = reader.fixed(static_cast<std::size_t>(*length));
    if (!body) break;
    if (!take_item(*body)) return false;
    taken += rest.size() - reader.remaining();
  }
  partial_.erase(partial_.begin(), partial_.begin() + static_cast<std::ptrdiff_t>(taken));
  return true;
}

bool ObserveReader::take_item(base::ByteSpan body) {
  base::PostcardReader reader(body);
  const auto size = reader.u64();
  const auto count = reader.u64();
  if (!size || !count || *count > reader.remaining()) return false;
  std::vector<std::uint64_t> boundaries;
  boundaries.reserve(static_cast<std::size_t>(*count));
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto boundary = reader.u64();
    if (!boundary) return false;
    boundaries.push_back(*boundary);
  }
  // [blobs.md 48] Peers may send them unsorted and repeated.
  std::ranges::sort(boundaries);
  const auto repeated = std::ranges::unique(boundaries);
  boundaries.erase(repeated.begin(), repeated.end());
  bitfield_ = bitfield_.combine(Bitfield(*size, *ChunkRanges::from_boundaries(std::move(boundaries))));
  ++items_;
  return true;
}

}  // namespace iroh::blobs
