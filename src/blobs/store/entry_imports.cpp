// SPDX-License-Identifier: MIT OR Apache-2.0
// What an entry becomes when its blob was imported, and when its bytes turned out to be wrong. [blobs.md §4.3.6]
#include <algorithm>

#include "base/try.hpp"
#include "blobs/store/file_store_core.hpp"
#include "blobs/store/import.hpp"
#include "blobs/store/partial_files.hpp"

namespace iroh::blobs {

using State = Entry::State;

Result<void> FileStoreCore::take_import(Imported&& imported) {
  IROH_TRY(entry, this->entry(imported.hash));
  IROH_TRY_VOID(entry->state == State::complete ? unite(entry, std::move(imported))
                                                : place(entry, std::move(imported)));
  return after_command();
}

Result<void> FileStoreCore::place(const EntryPtr& entry, Imported&& imported) {
  IROH_TRY_VOID(settle_removals(entry->hash));
  const BlobNames& names = entry->names;
  const bool had_files = entry->has_row;
  BlobRow row{.is_complete = true, .size = imported.size};
  const bool is_large = imported.outboard.size() > options.inline_outboard_limit;
  if (is_large && !imported.outboard_file) {
    IROH_TRY(made, TemporaryFile::make(folder));
    IROH_TRY_VOID(made.file().write_at(0, imported.outboard));
    imported.outboard_file.emplace(std::move(made));
  }
  if (imported.data_file) {
    row.data = Place::own_file;
    files.forget(names.data);
    IROH_TRY_VOID(imported.data_file->become(names.data));
    sync_before_commit(names.data);
  } else if (imported.data) {
    row.data = Place::in_database;
  } else {
    row.data = Place::users_files;
    row.paths = {imported.users_path};
  }
  if (imported.outboard_file) {
    row.outboard = Place::own_file;
    files.forget(names.outboard);
    IROH_TRY_VOID(imported.outboard_file->become(names.outboard));
    sync_before_commit(names.outboard);
  } else if (!imported.outboard.empty()) {
    row.outboard = Place::in_database;
  }
  IROH_TRY_VOID(write_row(*entry, row, imported.data ? imported.data->span() : base::ByteSpan(), imported.outboard));
  // [blobs.md 58] Complete beats partial.
  if (had_files) remove_other_files(*entry);
  entry->state = State::complete;
  entry->bitfield = Bitfield::complete(imported.size);
  entry->memory = MemoryBlob();
  entry->data.reset();
  entry->outboard.reset();
  entry->is_dirty = false;
  std::erase(unsaved_, entry);
  drop_if_idle(entry);
  return {};
}

/// It was complete before: owned beats inline beats external, and external files add up.
Result<void> FileStoreCore::unite(const EntryPtr& entry, Imported&& imported) {
  const bool both_are_users = entry->row.data == Place::users_files && !imported.users_path.empty();
  if (both_are_users) {
    BlobRow row = entry->row;
    if (std::ranges::find(row.paths, imported.users_path) == row.paths.end()) row.paths.push_back(imported.users_path);
    std::ranges::sort(row.paths);
    if (row.paths.size() > max_external_paths) std::erase(row.paths, row.paths.back());
    std::vector<std::byte> outboard;
    if (row.outboard == Place::in_database) {
      IROH_TRY(bytes, database.inline_outboard(entry->hash));
      outboard = std::move(bytes);
    }
    return write_row(*entry, row, {}, outboard);
  }
  if (entry->row.data == Place::users_files) return place(entry, std::move(imported));
  // [blobs.md 73] Nothing new, but protected like everything that was written since the cycle began.
  entry->cycle = cycle;
  if (entry->row.cycle == cycle) return {};
  entry->row.cycle = cycle;
  return database.set_cycle(entry->hash, cycle);
}

Result<void> FileStoreCore::demote(const EntryPtr& entry, const Bitfield& left) {
  const BlobNames& names = entry->names;
  const bool is_external = entry->row.data == Place::users_files && entry->row.is_complete;
  if (left.ranges().is_empty() || is_external) {
    IROH_TRY_VOID(erase(entry));
    return commit();
  }
  if (entry->state == State::complete) {
    IROH_TRY_VOID(settle_removals(entry->hash));
    IROH_TRY(blob, stored(*entry));
    if (!blob.data_file) IROH_TRY_VOID(folder.replace_data(names.data, blob.data));
    if (!blob.outboard_file) IROH_TRY_VOID(folder.replace_data(names.outboard, blob.outboard));
    IROH_TRY(sizes, files.get(names.sizes, HandleCache::Access::create));
    IROH_TRY_VOID(write_size_slot(*sizes, left.size() - 1, left.size()));
  }
  // What is left was read from there, so it is on the disk.
  IROH_TRY_VOID(folder.replace_data(names.bitfield, encode_bitfield_file(left)));
  IROH_TRY_VOID(write_row(*entry, BlobRow{.size = left.validated_size()}));
  entry->state = State::in_files;
  entry->bitfield = left;
  entry->data.reset();
  entry->outboard.reset();
  entry->is_dirty = false;
  std::erase(unsaved_, entry);
  folder.remove_data(names.checkpoint);
  return commit();
}

}  // namespace iroh::blobs
