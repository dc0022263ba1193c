// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/client/wanted.hpp"

#include <algorithm>
#include <set>

#include "base/try.hpp"
#include "blobs/protocol/request_codec.hpp"
#include "blobs/transfer/request_walk.hpp"

namespace iroh::blobs {
namespace {

constexpr std::uint64_t group_chunks = bao::group_size / bao::chunk_size;
/// What a blob whose size is not known is taken for.
constexpr std::uint64_t unknown_size = std::uint64_t{64} << 10;

ChunkRangesSeq canonical(std::vector<ChunkRangesSeq::Entry> entries) {
  std::vector<ChunkRangesSeq::Entry> kept;
  for (auto& entry : entries) {
    const bool is_change = kept.empty() ? !entry.ranges.is_empty() : kept.back().ranges != entry.ranges;
    if (is_change) kept.push_back(std::move(entry));
  }
  return *ChunkRangesSeq::from_entries(std::move(kept));
}

}  // namespace

ChunkRangesSeq subtract(const ChunkRangesSeq& from, const ChunkRangesSeq& taken) {
  std::set<std::uint64_t> positions;
  for (const auto& entry : from.entries()) positions.insert(entry.position);
  for (const auto& entry : taken.entries()) positions.insert(entry.position);
  std::vector<ChunkRangesSeq::Entry> entries;
  for (const std::uint64_t position : positions) {
    entries.push_back({position, from.at(position) - taken.at(position)});
  }
  return canonical(std::move(entries));
}

ChunkRanges first_part(const ChunkRanges& ranges, std::uint64_t size, std::uint64_t bytes) {
  const std::uint64_t chunks = bao::Geometry(size).chunks();
  const auto boundaries = ranges.boundaries();
  std::uint64_t left = std::max<std::uint64_t>(bytes / bao::chunk_size, 1);
  for (std::size_t i = 0; i < boundaries.size(); i += 2) {
    const std::uint64_t begin = boundaries[i];
    const std::uint64_t end = std::min(i + 1 < boundaries.size() ? boundaries[i + 1] : chunks, chunks);
    if (begin >= end) continue;
    if (end - begin < left) {
      left -= end - begin;
      continue;
    }
    const std::uint64_t cut = begin + left;
    // Up to the end of the group, so that two providers never send parts of one.
    const std::uint64_t aligned = cut + (group_chunks - cut % group_chunks) % group_chunks;
    return aligned >= chunks ? ranges : ranges & ChunkRanges::range(0, aligned);
  }
  return ranges;
}

Result<LocalInfo> Wanted::local(Store& store) const {
  return std::visit([&store](const auto& request) { return find_local(store, request); }, request_);
}

std::vector<HashAndFormat> Wanted::contents() const {
  if (const auto* get = std::get_if<GetRequest>(&request_)) return {get->content()};
  std::vector<HashAndFormat> contents;
  for (const Hash& hash : std::get<GetManyRequest>(request_).hashes) contents.push_back(HashAndFormat::raw(hash));
  return contents;
}

bool Wanted::is_single_blob() const noexcept {
  const auto* get = std::get_if<GetRequest>(&request_);
  return get != nullptr && get->ranges.is_single_blob();
}

Result<ChunkRangesSeq> Wanted::cut(Store& store, const ChunkRangesSeq& left, std::uint64_t bytes) const {
  const auto* many = std::get_if<GetManyRequest>(&request_);
  HashWindow window(many == nullptr ? std::get<GetRequest>(request_).hash : Hash::empty());
  std::vector<ChunkRangesSeq::Entry> entries;
  std::uint64_t taken = 0;
  std::uint64_t position = 0;
  while (const auto selected = left.next_selected(position)) {
    position = selected->position;
    std::optional<Hash> hash;
    if (many != nullptr) {
      if (position < many->hashes.size()) hash = many->hashes[static_cast<std::size_t>(position)];
    } else if (position == 0) {
      hash = std::get<GetRequest>(request_).hash;
    } else if (const auto child = window.at(store, position - 1)) {
      hash = *child;
    } else {
      return left;  // nobody knows yet what the children are
    }
    if (!hash) break;
    IROH_TRY(bitfield, store.bitfield(*hash));
    const std::uint64_t size = bitfield.size();
    const std::uint64_t here = size == 0 ? unknown_size : byte_count(*selected->ranges, size);
    const bool fits = taken + here <= bytes || size == 0;
    entries.push_back({position, fits ? *selected->ranges : first_part(*selected->ranges, size, bytes - taken)});
    entries.push_back({++position, ChunkRanges()});
    taken += here;
    if (taken >= bytes) break;
  }
  // Neighbours: the end of one is the beginning of the next.
  std::vector<ChunkRangesSeq::Entry> merged;
  for (auto& entry : entries) {
    if (!merged.empty() && merged.back().position == entry.position) merged.pop_back();
    merged.push_back(std::move(entry));
  }
  return canonical(std::move(merged));
}

Result<ChunkRangesSeq> Wanted::size_probe(Store& store) const {
  const auto* get = std::get_if<GetRequest>(&request_);
  if (get == nullptr) return ChunkRangesSeq();
  const ChunkRanges last = ChunkRanges::last_chunk();
  if (get->ranges.is_single_blob()) {
    IROH_TRY(blob, find_local(store, GetRequest::blob_ranges(get->hash, last)));
    return std::move(blob.missing.ranges);
  }
  const ChunkRanges sets[] = {ChunkRanges::all(), last};
  IROH_TRY(info, find_local(store, GetRequest{get->hash, ChunkRangesSeq::infinite(sets)}));
  return std::move(info.missing.ranges);
}

std::optional<Wanted::Part> Wanted::make_request(const ChunkRangesSeq& part, const ReadLimits& limits) const {
  Part made;
  if (const auto* get = std::get_if<GetRequest>(&request_)) {
    GetRequest request = {get->hash, part};
    made.head = encode_get(request);
    made.reader = std::make_unique<ResponseReader>(std::move(request), limits);
  } else {
    const auto& hashes = std::get<GetManyRequest>(request_).hashes;
    GetManyRequest request;
    std::vector<ChunkRanges> sets;
    for (auto at = part.next_selected(0); at && at->position < hashes.size();
         at = part.next_selected(at->position + 1)) {
      request.hashes.push_back(hashes[static_cast<std::size_t>(at->position)]);
      sets.push_back(*at->ranges);
    }
    request.ranges = ChunkRangesSeq::finite(sets);
    made.head = encode_get_many(request);
    made.reader = std::make_unique<ResponseReader>(std::move(request), limits);
  }
  if (made.head.size() > request_size_max) return std::nullopt;
  return made;
}

}  // namespace iroh::blobs
