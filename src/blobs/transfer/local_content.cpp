// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/transfer/local_content.hpp"

#include <algorithm>
#include <map>

#include "base/try.hpp"
#include "blobs/transfer/request_walk.hpp"

namespace iroh::blobs {
namespace {

constexpr std::uint64_t hashes_per_chunk = ChunkRanges::chunk_size / Hash::size;

/// The parts of a request that change when known parts are taken out of it.
class MissingParts {
 public:
  explicit MissingParts(const ChunkRangesSeq& requested) : requested_(requested) {
    for (const auto& entry : requested.entries()) parts_[entry.position] = entry.ranges;
  }
  void set(std::uint64_t position, ChunkRanges missing) {
    parts_[position] = std::move(missing);
    parts_.try_emplace(position + 1, requested_.at(position + 1));
  }
  void end_at(std::uint64_t position) {
    parts_.erase(parts_.lower_bound(position), parts_.end());
    parts_[position] = ChunkRanges();
  }
  ChunkRangesSeq build() && {
    std::vector<ChunkRangesSeq::Entry> entries;
    for (auto& [position, ranges] : parts_) {
      const bool is_change = entries.empty() ? !ranges.is_empty() : entries.back().ranges != ranges;
      if (is_change) entries.push_back({position, std::move(ranges)});
    }
    return *ChunkRangesSeq::from_entries(std::move(entries));
  }

 private:
  const ChunkRangesSeq& requested_;
  std::map<std::uint64_t, ChunkRanges> parts_;
};

/// Counts what is there of each blob that is asked for.
class LocalCount {
 public:
  void add(const Bitfield& bitfield, const ChunkRanges& requested) {
    local_ += byte_count(bitfield.ranges() & requested, bitfield.size());
    if (!bitfield.is_validated()) is_total_known_ = false;
    if (bitfield.is_complete()) ++complete_;
    total_ += byte_count(requested, bitfield.size());
  }
  void add_unknown() noexcept { is_total_known_ = false; }
  std::uint64_t local() const noexcept { return local_; }
  std::uint64_t complete() const noexcept { return complete_; }
  std::optional<std::uint64_t> total() const noexcept { return is_total_known_ ? std::optional(total_) : std::nullopt; }

 private:
  std::uint64_t local_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t complete_ = 0;
  bool is_total_known_ = true;
};

struct Children {
  Store& store;
  const GetRequest& request;
  std::uint64_t listed;  ///< that the size, proven or not, has room for
  HashWindow window;
  MissingParts& missing;
  LocalCount& count;
  std::uint64_t known = 0;

  /// [blobs.md 78] Children whose hashes are in one chunk of the sequence; a chunk that cannot be read names none.
  Result<void> take_chunk(std::uint64_t chunk) {
    const std::uint64_t end = std::min(listed, (chunk + 1) * hashes_per_chunk);
    for (std::uint64_t i = chunk * hashes_per_chunk; i < end; ++i) {
      const ChunkRanges& requested = request.ranges.at(i + 1);
      if (requested.is_empty()) continue;
      const auto hash = window.at(store, i);
      if (!hash || !*hash) return {};
      IROH_TRY(bitfield, store.bitfield(**hash));
      count.add(bitfield, requested);
      missing.set(i + 1, requested - bitfield.ranges());
      ++known;
    }
    return {};
  }
};

/// How many of the first positions, the root not counted, select something.
std::uint64_t selected_children(const ChunkRangesSeq& ranges, std::uint64_t children) {
  std::uint64_t selected = 0;
  const auto entries = ranges.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].ranges.is_empty()) continue;
    const std::uint64_t begin = std::max<std::uint64_t>(entries[i].position, 1);
    const std::uint64_t end = std::min(i + 1 < entries.size() ? entries[i + 1].position : UINT64_MAX, children + 1);
    if (begin < end) selected += end - begin;
  }
  return selected;
}

}  // namespace

std::uint64_t byte_count(const ChunkRanges& ranges, std::uint64_t size) {
  const auto byte_at = [size](std::uint64_t chunk) {
    return chunk > size / ChunkRanges::chunk_size ? size : chunk * ChunkRanges::chunk_size;
  };
  std::uint64_t bytes = 0;
  const auto boundaries = ranges.boundaries();
  for (std::size_t i = 0; i < boundaries.size(); i += 2) {
    const std::uint64_t end = i + 1 < boundaries.size() ? byte_at(boundaries[i + 1]) : size;
    bytes += end - byte_at(boundaries[i]);
  }
  return bytes;
}

Result<LocalInfo> find_local(Store& store, const GetRequest& request) {
  IROH_TRY(root, store.bitfield(request.hash));
  LocalInfo info = {.missing = {request.hash, {}}};
  if (request.ranges.is_empty()) return info;
  MissingParts missing(request.ranges);
  LocalCount count;
  const ChunkRanges& wanted = request.ranges.at(0);
  if (!wanted.is_empty()) {
    count.add(root, wanted);
    missing.set(0, wanted - root.ranges());
  }
  if (request.ranges.is_single_blob()) {
    info.children = 0;
  } else {
    const std::uint64_t listed = root.size() / Hash::size;
    const std::uint64_t chunks = listed / hashes_per_chunk + 1;
    Children children = {store, request, listed, HashWindow(request.hash), missing, count};
    const ChunkRanges present = root.ranges() & ChunkRanges::range(0, chunks);
    for (std::size_t i = 0; i + 1 < present.boundaries().size(); i += 2) {
      for (std::uint64_t chunk = present.boundaries()[i]; chunk < present.boundaries()[i + 1]; ++chunk) {
        IROH_TRY_VOID(children.take_chunk(chunk));
      }
    }
    if (root.is_validated()) {
      info.children = listed;
      missing.end_at(listed + 1);
      if (children.known < selected_children(request.ranges, listed)) count.add_unknown();
    } else {
      count.add_unknown();
    }
  }
  info.missing.ranges = std::move(missing).build();
  info.local_bytes = count.local();
  info.complete_blobs = count.complete();
  info.total_bytes = count.total();
  return info;
}

Result<LocalInfo> find_local(Store& store, const GetManyRequest& request) {
  LocalInfo info = {.missing = {Hash::empty(), {}}};
  LocalCount count;
  MissingParts missing(request.ranges);
  for (std::uint64_t i = 0; i < request.hashes.size(); ++i) {
    const ChunkRanges& requested = request.ranges.at(i);
    if (requested.is_empty()) continue;
    IROH_TRY(bitfield, store.bitfield(request.hashes[static_cast<std::size_t>(i)]));
    count.add(bitfield, requested);
    missing.set(i, requested - bitfield.ranges());
  }
  missing.end_at(request.hashes.size());
  info.missing.ranges = std::move(missing).build();
  info.local_bytes = count.local();
  info.complete_blobs = count.complete();
  info.total_bytes = count.total();
  info.children = request.hashes.size();
  return info;
}

}  // namespace iroh::blobs
