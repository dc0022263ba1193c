// SPDX-License-Identifier: MIT OR Apache-2.0
// From the disk to an entry: what is there of a blob, whatever happened since it was written. [blobs.md §4.3.5]
#include <sys/stat.h>

#include <algorithm>

#include "base/try.hpp"
#include "blobs/store/file_hasher.hpp"
#include "blobs/store/file_store_core.hpp"
#include "blobs/store/partial_files.hpp"
#include "blobs/store/scan.hpp"

namespace iroh::blobs {
namespace {

/// [blobs.md 67] A file of the user that has another length now is not the blob.
bool is_file_of(const std::string& path, std::uint64_t size) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         static_cast<std::uint64_t>(status.st_size) == size;
}

/// Whose proof of the size is worth most, from what a crash may have left.
std::uint64_t best_size(const BlobRow& row, const Bitfield& known, const std::optional<std::uint64_t>& slot) {
  if (row.size) return *row.size;
  if (const auto proven = known.validated_size()) return *proven;
  return slot.value_or(known.size());
}

}  // namespace

Result<void> FileStoreCore::load(const EntryPtr& entry) {
  if (entry->hash == Hash::empty()) {
    // [blobs.md 57]
    entry->state = Entry::State::complete;
    entry->bitfield = Bitfield::complete(0);
    return {};
  }
  IROH_TRY(row, database.find(entry->hash));
  if (!row) return {};
  entry->has_row = true;
  entry->row = std::move(*row);
  if (!entry->row.is_complete) return load_partial(entry);
  if (!is_readable(entry->row, entry->names)) return {};
  entry->state = Entry::State::complete;
  entry->bitfield = Bitfield::complete(*entry->row.size);
  return {};
}

bool FileStoreCore::is_readable(const BlobRow& row, const BlobNames& names) {
  // [blobs.md 91] One of the user's files is enough. A blob that cannot be read is as good as absent.
  const auto has_user_file = [&row](const std::string& path) { return is_file_of(path, *row.size); };
  if (row.data == Place::users_files && std::ranges::none_of(row.paths, has_user_file)) return false;
  if (row.data == Place::own_file && folder.data_size(names.data) != row.size) return false;
  const std::uint64_t outboard_size = bao::Geometry(*row.size).outboard_size();
  return row.outboard != Place::own_file || folder.data_size(names.outboard) == outboard_size;
}

Result<void> FileStoreCore::load_partial(const EntryPtr& entry) {
  const BlobNames& names = entry->names;
  entry->state = Entry::State::in_files;
  if (!folder.has_data(names.data) || !folder.has_data(names.outboard)) {
    entry->state = Entry::State::absent;
    return {};
  }
  if (const auto saved = read_bitfield_file(folder.data(), names.bitfield)) {
    entry->bitfield = *saved;
    // The disk may have been full when it became complete.
    return saved->is_complete() ? complete(entry) : Result<void>();
  }
  // [blobs.md 61] A crash, or damage. What a checkpoint covers was on the disk before it was written; of the rest, what
  // verifies is there. Unwritten parts of sparse files need no look.
  const Bitfield known = read_bitfield_file(folder.data(), names.checkpoint).value_or(Bitfield());
  const std::uint64_t size = best_size(entry->row, known, read_last_size(folder.data(), names.sizes));
  IROH_TRY(blob, stored(*entry));
  const ChunkRanges unknown = allocated_chunks(*blob.data_file) - known.ranges();
  auto found = scan_blob(blob, entry->hash, size, unknown, {.threads = hash_threads(options.threads)});
  entry->is_dirty = true;
  watch(entry);
  if (found.ranges.is_empty() && known.ranges().is_empty()) {
    entry->bitfield = Bitfield();
    return {};
  }
  return publish(entry, known.combine(Bitfield(size, std::move(found.ranges))));
}

Result<StoredBlob> FileStoreCore::stored(Entry& entry) {
  StoredBlob blob;
  const bool is_complete = entry.state == Entry::State::complete;
  const Place data = is_complete ? entry.row.data : Place::own_file;
  const Place outboard = is_complete ? entry.row.outboard : Place::own_file;
  if (data == Place::in_database) {
    if (!entry.data) {
      IROH_TRY(bytes, database.inline_data(entry.hash));
      entry.data = std::move(bytes);
    }
    blob.data = *entry.data;
  } else if (data == Place::own_file) {
    IROH_TRY(file, files.get(entry.names.data));
    blob.data_file = std::move(file);
  } else if (data == Place::users_files) {
    // [blobs.md 91]
    for (const std::string& path : entry.row.paths) {
      const auto file = files.get(path);
      if (!file) continue;
      const auto status = (*file)->status();
      if (status && status->size == *entry.row.size) {
        blob.data_file = *file;
        break;
      }
      files.forget(path);
    }
    if (!blob.data_file) return failure(BlobError::not_found);
  }
  if (outboard == Place::in_database) {
    if (!entry.outboard) {
      IROH_TRY(bytes, database.inline_outboard(entry.hash));
      entry.outboard = Bytes::copy_of(bytes);
    }
    blob.outboard = *entry.outboard;
  } else if (outboard == Place::own_file) {
    IROH_TRY(file, files.get(entry.names.outboard));
    blob.outboard_file = std::move(file);
  }
  return blob;
}

}  // namespace iroh::blobs
