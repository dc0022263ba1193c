// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/garbage.hpp"

#include <algorithm>
#include <array>

#include "base/try.hpp"

namespace iroh::blobs {
namespace {

/// Deleted in one call, that is in one transaction of the file store.
constexpr std::size_t delete_batch = 100;
/// Hashes read at a time from a hash sequence; a chunk of the blob.
constexpr std::size_t window_hashes = ChunkRanges::chunk_size / Hash::size;

/// Adds the children that are present; what cannot be read protects nothing, as nobody could follow it either.
void mark_children(Store& store, const Hash& hash, std::set<Hash>& live) {
  const auto reader = store.open(hash);
  if (!reader) return;
  const Bitfield& bitfield = (*reader)->bitfield();
  const std::uint64_t count = bitfield.size() / Hash::size;
  for (std::uint64_t first = 0; first < count; first += window_hashes) {
    // Jump over what is missing: a claimed size may be absurd.
    const std::uint64_t chunk = first / window_hashes;
    if (!bitfield.ranges().contains(chunk)) {
      const auto boundaries = bitfield.ranges().boundaries();
      const auto next = std::ranges::upper_bound(boundaries, chunk);
      if (next == boundaries.end() || *next > count / window_hashes) return;
      first = (*next - 1) * window_hashes;
      continue;
    }
    std::array<std::array<std::byte, Hash::size>, window_hashes> window;
    const auto present = static_cast<std::size_t>(std::min<std::uint64_t>(window_hashes, count - first));
    if (!(*reader)->read(first * Hash::size, std::as_writable_bytes(std::span(window).first(present)))) continue;
    for (std::size_t i = 0; i < present; ++i) live.insert(Hash(window[i]));
  }
}

}  // namespace

Result<GarbageReport> collect_garbage(Store& store, const AddProtected& add_protected) {
  GarbageReport report;
  // [blobs.md 76] An abort skips exactly this cycle.
  if (add_protected && !add_protected(report.live)) {
    report.is_skipped = true;
    return report;
  }
  IROH_TRY_VOID(store.clear_protected());
  // [blobs.md 75] Temp tags first: content that changes from a temp tag to a tag meanwhile is seen in one of the lists.
  std::vector<HashAndFormat> roots = store.temp_tags().list();
  IROH_TRY(tags, store.list_tags(TagRange::all()));
  for (const TagInfo& tag : tags) roots.push_back(tag.content);
  for (const HashAndFormat& root : roots) {
    report.live.insert(root.hash);
    // [blobs.md 77] Followed even if the hash is live already for another reason.
    if (root.format == BlobFormat::hash_seq) mark_children(store, root.hash, report.live);
  }
  IROH_TRY(hashes, store.list());
  std::erase_if(hashes, [&report](const Hash& hash) { return report.live.contains(hash); });
  for (std::size_t at = 0; at < hashes.size(); at += delete_batch) {
    const auto batch = std::span(hashes).subspan(at, std::min(delete_batch, hashes.size() - at));
    IROH_TRY(deleted, store.remove(batch, false));
    report.deleted += deleted;
  }
  IROH_TRY_VOID(store.sync());
  return report;
}

}  // namespace iroh::blobs
