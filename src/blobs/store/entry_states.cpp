// SPDX-License-Identifier: MIT OR Apache-2.0
// How a blob gets from one state to the next, and what of it is on the disk in each. [blobs.md §4.3.4]
#include <algorithm>

#include "base/try.hpp"
#include "blobs/store/file_store_core.hpp"
#include "blobs/store/import.hpp"
#include "blobs/store/partial_files.hpp"

namespace iroh::blobs {

using State = Entry::State;
using Access = HandleCache::Access;

Result<void> FileStoreCore::write_row(Entry& entry, const BlobRow& row, base::ByteSpan data, base::ByteSpan outboard) {
  BlobRow stamped = row;
  stamped.cycle = entry.cycle = cycle;
  const auto put = database.put(entry.hash, stamped, data, outboard);
  // A full disk may have ended the whole transaction.
  if (!put && database.is_broken()) lose_transaction(put.error());
  if (!put) return put;
  entry.row = std::move(stamped);
  entry.has_row = true;
  return {};
}

void FileStoreCore::begin_in_memory(const EntryPtr& entry) {
  entry->cycle = cycle;
  if (entry->state == State::in_memory) return;
  entry->state = State::in_memory;
  watch(entry);
}

Result<void> FileStoreCore::prepare_files(const EntryPtr& entry) {
  if (entry->state == State::in_memory) return spill(entry);
  return entry->state == State::absent ? begin_files(entry) : mark_dirty(entry);
}

Result<void> FileStoreCore::note_size(Entry& entry, std::uint64_t offset, std::uint64_t size) {
  // A proven size is in the database.
  if (entry.bitfield.is_validated()) return {};
  IROH_TRY(file, files.get(entry.names.sizes));
  return write_size_slot(*file, offset, size);
}

/// The first bytes of a blob that is received into files.
Result<void> FileStoreCore::begin_files(const EntryPtr& entry) {
  IROH_TRY_VOID(settle_removals(entry->hash));
  const BlobNames& names = entry->names;
  for (const auto* name : {&names.data, &names.outboard, &names.sizes, &names.bitfield, &names.checkpoint}) {
    // Of a blob whose database row was lost, or whose files somebody took away.
    files.forget(*name);
    folder.remove_data(*name);
  }
  for (const auto* name : {&names.data, &names.outboard, &names.sizes}) {
    IROH_TRY(file, files.get(*name, Access::create));
  }
  IROH_TRY(marker, File::open_at(folder.data(), names.bitfield, O_WRONLY | O_CREAT | O_NOFOLLOW));
  IROH_TRY_VOID(write_row(*entry, BlobRow{}));
  entry->begun_at_commit = commits;
  entry->state = State::in_files;
  entry->is_dirty = true;
  watch(entry);
  return {};
}

Result<void> FileStoreCore::mark_dirty(const EntryPtr& entry) {
  entry->cycle = cycle;
  if (entry->is_dirty) return {};
  // [blobs.md 62] What is on the disk is no longer all there is: a crash from now on must not bring it back. It stays
  // true, though, and spares reading what it covers.
  const BlobNames& names = entry->names;
  ::renameat(folder.data(), names.bitfield.c_str(), folder.data(), names.checkpoint.c_str());
  IROH_TRY(marker, File::open_at(folder.data(), names.bitfield, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW));
  IROH_TRY_VOID(marker.sync());
  entry->is_dirty = true;
  watch(entry);
  return {};
}

Result<void> FileStoreCore::publish(const EntryPtr& entry, const Bitfield& added) {
  const Bitfield before = std::exchange(entry->bitfield, entry->bitfield.combine(added));
  entry->bytes_since_checkpoint += added.total_bytes();
  if (entry->bitfield.is_complete()) return complete(entry);
  if (entry->bitfield.differs_in_state(before)) {
    BlobRow row = entry->row;
    row.size = entry->bitfield.validated_size();
    IROH_TRY_VOID(write_row(*entry, row));
  }
  // [cases.md C-029] Should the disk fill up, the row is there, and with it all that was received.
  const bool is_worth_it = entry->bytes_since_checkpoint >= first_commit_bytes;
  return is_worth_it && entry->begun_at_commit == commits ? commit() : Result<void>();
}

/// From memory to files, because there will be more of it than the database takes, or because memory is not to keep it.
Result<void> FileStoreCore::spill(const EntryPtr& entry) {
  const MemoryBlob memory = std::exchange(entry->memory, MemoryBlob());
  auto done = begin_files(entry);
  if (done) done = write_out(*entry, memory);
  if (done) return {};
  // What could not be written is not claimed.
  entry->bitfield = Bitfield();
  if (entry->state == State::in_memory) {
    entry->state = State::absent;
    std::erase(unsaved_, entry);
  }
  return done;
}

Result<void> FileStoreCore::write_out(const Entry& entry, const MemoryBlob& memory) {
  IROH_TRY(data, files.get(entry.names.data));
  IROH_TRY(outboard, files.get(entry.names.outboard));
  IROH_TRY(sizes, files.get(entry.names.sizes));
  const std::uint64_t size = memory.bitfield().size();
  for (std::uint64_t at = 0; at < size; at += bao::chunk_size) {
    if (!memory.bitfield().ranges().contains(at / bao::chunk_size)) continue;
    std::array<std::byte, bao::chunk_size> chunk;
    const auto bytes =
        std::span(chunk).first(static_cast<std::size_t>(std::min<std::uint64_t>(size - at, chunk.size())));
    memory.read(at, bytes);
    IROH_TRY_VOID(data->write_at(at, bytes));
    IROH_TRY_VOID(write_size_slot(*sizes, at, size));
  }
  for (std::uint64_t i = 0; i < bao::Geometry(size).groups() - 1; ++i) {
    if (const auto pair = memory.pair(i)) IROH_TRY_VOID(outboard->write_at(i * bao::pair_size, *pair));
  }
  return {};
}

/// All of it is there: it gets to where complete blobs are. [blobs.md §4.3.3]
Result<void> FileStoreCore::complete(const EntryPtr& entry) {
  const std::uint64_t size = entry->bitfield.size();
  const std::uint64_t outboard_size = bao::Geometry(size).outboard_size();
  const BlobNames& names = entry->names;
  if (entry->state == State::in_memory) {
    Imported imported{.hash = entry->hash, .size = size};
    std::string text(static_cast<std::size_t>(size), '\0');
    entry->memory.read(0, std::as_writable_bytes(std::span(text.data(), text.size())));
    for (std::uint64_t i = 0; i < outboard_size / bao::pair_size; ++i) {
      const auto pair = entry->memory.pair(i).value_or(bao::Pair{});
      imported.outboard.insert(imported.outboard.end(), pair.begin(), pair.end());
    }
    imported.data = Bytes::from_string(std::move(text));
    return take_import(std::move(imported));
  }
  IROH_TRY(data_file, files.get(names.data));
  IROH_TRY(outboard_file, files.get(names.outboard));
  // A larger size may have been claimed once.
  IROH_TRY_VOID(data_file->resize(size));
  IROH_TRY_VOID(outboard_file->resize(outboard_size));
  BlobRow row{.is_complete = true, .size = size, .data = Place::own_file, .outboard = Place::own_file};
  std::vector<std::byte> data;
  std::vector<std::byte> outboard;
  if (size <= options.inline_data_limit) {
    row.data = Place::in_database;
    data.resize(static_cast<std::size_t>(size));
    IROH_TRY_VOID(data_file->read_exactly(0, data));
  }
  if (outboard_size <= options.inline_outboard_limit) {
    row.outboard = outboard_size == 0 ? Place::nowhere : Place::in_database;
    outboard.resize(static_cast<std::size_t>(outboard_size));
    IROH_TRY_VOID(outboard_file->read_exactly(0, outboard));
  }
  IROH_TRY_VOID(write_row(*entry, row, data, outboard));
  if (row.data == Place::own_file) sync_before_commit(names.data);
  if (row.outboard == Place::own_file) sync_before_commit(names.outboard);
  remove_other_files(*entry);
  entry->state = State::complete;
  entry->is_dirty = false;
  std::erase(unsaved_, entry);
  drop_if_idle(entry);
  return {};
}

Result<void> FileStoreCore::sync_partial(Entry& entry) {
  for (const auto* name : {&entry.names.data, &entry.names.outboard, &entry.names.sizes}) {
    IROH_TRY(file, files.get(*name));
    IROH_TRY_VOID(file->sync());
  }
  return {};
}

/// [blobs.md §4.3.5] Nobody uses it any more: first its bytes to the disk, and only then what says that they are there.
Result<void> FileStoreCore::settle(const EntryPtr& entry) {
  if (entry->detached) return {};
  // The disk may have been full when it became complete.
  if (entry->bitfield.is_complete()) return complete(entry);
  if (entry->state == State::in_memory) IROH_TRY_VOID(spill(entry));
  if (entry->is_dirty) {
    IROH_TRY_VOID(sync_partial(*entry));
    IROH_TRY_VOID(folder.replace_data(entry->names.bitfield, encode_bitfield_file(entry->bitfield)));
    folder.remove_data(entry->names.checkpoint);
    if (entry->row.cycle != entry->cycle) IROH_TRY_VOID(database.set_cycle(entry->hash, entry->cycle));
    entry->is_dirty = false;
  }
  std::erase(unsaved_, entry);
  drop_if_idle(entry);
  return {};
}

Result<void> FileStoreCore::checkpoint(Entry& entry) {
  entry.checkpointed = std::chrono::steady_clock::now();
  if (entry.bytes_since_checkpoint == 0) return {};
  IROH_TRY_VOID(sync_partial(entry));
  IROH_TRY_VOID(folder.replace_data(entry.names.checkpoint, encode_bitfield_file(entry.bitfield)));
  entry.bytes_since_checkpoint = 0;
  return {};
}

}  // namespace iroh::blobs
