// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/file_store_core.hpp"

#include <algorithm>
#include <random>

#include "base/try.hpp"
#include "blobs/store/file_writer.hpp"

namespace iroh::blobs {
namespace {

std::uint64_t any_number() {
  std::random_device device;
  return (std::uint64_t{device()} << 31) + device();
}

}  // namespace

FileStoreCore::FileStoreCore(Folder opened, Database database_, const FileStoreOptions& options_)
    : options(options_),
      folder(std::move(opened)),
      database(std::move(database_)),
      files(folder.data(), options_.max_open_files),
      cycle(any_number()) {}

Result<EntryPtr> FileStoreCore::entry(const Hash& hash) {
  if (is_closed_) return system_failure(ESHUTDOWN);
  if (const auto found = entries_.find(hash); found != entries_.end()) return found->second;
  auto made = std::make_shared<Entry>(hash);
  IROH_TRY_VOID(load(made));
  return made;
}

void FileStoreCore::acquire(const EntryPtr& entry) {
  entries_.insert_or_assign(entry->hash, entry);
  ++entry->handles;
}

void FileStoreCore::release(const EntryPtr& entry) noexcept {
  if (--entry->handles > 0) return;
  entry->idle_since = std::chrono::steady_clock::now();
  drop_if_idle(entry);
  // More than a few would be a lot to write at once in the end.
  const auto idle = std::ranges::count_if(unsaved_, [](const EntryPtr& each) { return each->handles == 0; });
  if (static_cast<std::size_t>(idle) <= max_idle_entries) return;
  for (const EntryPtr& each : std::vector(unsaved_)) {
    if (each->handles == 0) static_cast<void>(settle(each));  // what failed is found again by a scan
  }
}

void FileStoreCore::drop_if_idle(const EntryPtr& entry) {
  if (entry->handles > 0 || std::ranges::find(unsaved_, entry) != unsaved_.end()) return;
  // A file of the user is not kept open when nobody reads it.
  for (const std::string& path : entry->row.paths) files.forget(path);
  const auto found = entries_.find(entry->hash);
  if (found != entries_.end() && found->second == entry) entries_.erase(found);
}

Result<void> FileStoreCore::flush_writers(Entry& entry) {
  for (std::size_t i = 0; i < entry.writers.size(); ++i) IROH_TRY_VOID(entry.writers[i]->put_down());
  return {};
}

std::vector<Hash> FileStoreCore::unsaved() const {
  std::vector<Hash> hashes;
  for (const EntryPtr& entry : unsaved_) {
    if (!entry->has_row) hashes.push_back(entry->hash);
  }
  return hashes;
}

void FileStoreCore::watch(const EntryPtr& entry) {
  entries_.insert_or_assign(entry->hash, entry);
  if (std::ranges::find(unsaved_, entry) != unsaved_.end()) return;
  entry->checkpointed = entry->idle_since = std::chrono::steady_clock::now();
  unsaved_.push_back(entry);
}

void FileStoreCore::detach(const EntryPtr& entry, const error_code& cause) {
  entry->detached = cause;
  entries_.erase(entry->hash);
  std::erase(unsaved_, entry);
}

Result<bool> FileStoreCore::remove(const Hash& hash, bool is_forced) {
  IROH_TRY(found, entry(hash));
  const bool is_protected =
      found->handles > 0 || found->cycle == cycle || (found->has_row && found->row.cycle == cycle);
  // [blobs.md 73] Open, or written to since the cycle began.
  if (!is_forced && is_protected) return false;
  if (!found->has_row && !found->is_partial()) return false;
  return erase(found);
}

Result<bool> FileStoreCore::erase(const EntryPtr& entry) {
  const bool was_there = entry->has_row || entry->is_partial();
  IROH_TRY_VOID(database.erase(entry->hash));
  // [blobs.md 64] Exactly the store's own files; those of the user stay.
  if (entry->has_row) {
    entry->row = BlobRow{.is_complete = true};
    remove_other_files(*entry);
  }
  detach(entry, make_error_code(BlobError::not_found));
  return was_there;
}

void FileStoreCore::remove_other_files(const Entry& entry) {
  const BlobNames& names = entry.names;
  const BlobRow& row = entry.row;
  if (!row.is_complete) return;
  if (row.data != Place::own_file) remove_after_commit(entry.hash, names.data);
  if (row.outboard != Place::own_file) remove_after_commit(entry.hash, names.outboard);
  for (const auto* name : {&names.sizes, &names.bitfield, &names.checkpoint}) remove_after_commit(entry.hash, *name);
}

void FileStoreCore::remove_after_commit(const Hash& hash, const std::string& name) {
  to_remove_.push_back(name);
  removals_.insert(hash);
}

Result<void> FileStoreCore::settle_removals(const Hash& hash) {
  return removals_.contains(hash) ? commit() : Result<void>();
}

Result<void> FileStoreCore::after_command() {
  const auto began = database.began();
  if (!began) return {};
  const bool is_large =
      database.commands() >= max_transaction_commands || database.bytes_written() >= max_transaction_bytes;
  if (!is_large && std::chrono::steady_clock::now() - *began < max_transaction_age) return {};
  return commit();
}

/// [blobs.md §4.3.5] Data and outboard are on the disk before the database says that they are there.
Result<void> FileStoreCore::sync_files() {
  if (to_sync_.empty()) return {};
  if (to_sync_.size() > max_single_syncs) {
    IROH_TRY_VOID(folder.sync_all());
  } else {
    for (const std::string& name : to_sync_) {
      const auto file = files.get(name);
      if (!file && file.error() == boost::system::errc::no_such_file_or_directory) continue;  // deleted meanwhile
      if (!file) return std::unexpected(file.error());
      IROH_TRY_VOID((*file)->sync());
    }
    IROH_TRY_VOID(folder.sync_names());
  }
  to_sync_.clear();
  return {};
}

Result<void> FileStoreCore::commit() {
  if (!database.began()) return {};
  auto done = sync_files();
  if (done) done = database.commit();
  if (!done) {
    lose_transaction(done.error());
    return done;
  }
  ++commits;
  // Files go when nothing refers to them any more, also after a crash.
  for (const std::string& name : to_remove_) {
    files.forget(name);
    folder.remove_data(name);
  }
  to_remove_.clear();
  removals_.clear();
  return {};
}

/// Nothing that is in memory is to be believed any more: it may have been in the transaction.
void FileStoreCore::lose_transaction(const error_code& cause) {
  database.roll_back();
  to_sync_.clear();
  to_remove_.clear();
  removals_.clear();
  for (const auto& [hash, entry] : entries_) entry->detached = cause;
  entries_.clear();
  unsaved_.clear();
  files.clear();
}

Result<void> FileStoreCore::sync() {
  if (is_closed_) return {};
  Result<void> outcome;
  const auto note = [&outcome](const Result<void>& done) {
    if (outcome && !done) outcome = done;
  };
  for (const EntryPtr& entry : std::vector(unsaved_)) {
    note(flush_writers(*entry));
    if (!entry->is_partial()) continue;  // it became complete
    if (entry->handles == 0 || entry->state == Entry::State::in_memory) {
      note(settle(entry));
    } else {
      note(checkpoint(*entry));
    }
  }
  note(commit());
  return outcome;
}

Result<void> FileStoreCore::close() {
  if (is_closed_) return {};
  Result<void> outcome;
  for (const EntryPtr& entry : std::vector(unsaved_)) {
    auto done = flush_writers(*entry);
    if (done && entry->is_partial()) done = settle(entry);
    if (outcome && !done) outcome = done;
  }
  auto done = commit();
  if (done && outcome) done = database.mark_clean();
  if (outcome) outcome = done;
  lose_transaction(error_code(ESHUTDOWN, boost::system::system_category()));
  database.close();
  is_closed_ = true;
  return outcome;
}

std::optional<FileStoreCore::TimePoint> FileStoreCore::upkeep_due() const {
  std::optional<TimePoint> due;
  const auto at = [&due](TimePoint time) { due = due ? std::min(*due, time) : time; };
  if (const auto began = database.began()) at(*began + max_transaction_age);
  for (const EntryPtr& entry : unsaved_) {
    if (entry->handles == 0) {
      at(entry->idle_since + idle_linger);
    } else if (entry->state == Entry::State::in_files) {
      at(entry->checkpointed + checkpoint_interval);
    }
  }
  return due;
}

Result<void> FileStoreCore::upkeep(TimePoint now) {
  if (is_closed_) return {};
  Result<void> outcome;
  for (const EntryPtr& entry : std::vector(unsaved_)) {
    Result<void> done;
    if (entry->handles == 0 && now - entry->idle_since >= idle_linger) {
      entry->idle_since = now;  // if it fails, it is tried again, and not at once
      done = settle(entry);
    } else if (entry->handles > 0 && entry->state == Entry::State::in_files &&
               now - entry->checkpointed >= checkpoint_interval) {
      entry->checkpointed = now;
      done = flush_writers(*entry);
      if (done && entry->is_partial()) done = checkpoint(*entry);
    }
    if (outcome && !done) outcome = done;
  }
  const auto began = database.began();
  if (began && now - *began >= max_transaction_age) {
    const auto done = commit();
    if (outcome) outcome = done;
  }
  return outcome;
}

}  // namespace iroh::blobs
