// SPDX-License-Identifier: MIT OR Apache-2.0
// What all parts of the file store share: the folder, the database, open files, the entries in use, and the order in
// which things reach the disk. [blobs.md §4.3.5]
#pragma once

#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "blobs/store/entry.hpp"
#include "blobs/store/file_store.hpp"
#include "blobs/store/handle_cache.hpp"
#include "blobs/store/stored_source.hpp"

namespace iroh::blobs {

/// A change is on the disk at the latest this long after it was answered, if upkeep() is called when due.
inline constexpr std::chrono::milliseconds max_transaction_age{500};
/// More in one transaction would only make its commit long.
inline constexpr std::size_t max_transaction_commands = 10'000;
inline constexpr std::size_t max_transaction_bytes = std::size_t{64} << 20;
/// Sooner if a blob of which so much has arrived is not in the database yet.
inline constexpr std::uint64_t first_commit_bytes = std::uint64_t{1} << 20;
/// Bitfields of blobs that nobody uses any more are written after this time: a transfer in many short parts does not
/// wait for the disk after each.
inline constexpr std::chrono::milliseconds idle_linger{1000};
/// As many may wait for that; more are written at once.
inline constexpr std::size_t max_idle_entries = 64;
/// [blobs.md §4.3.5] How often what a long transfer has is made to survive a power cut.
inline constexpr std::chrono::milliseconds checkpoint_interval{5000};
/// From so many files on, one call for all of the file system is cheaper than one for each.
inline constexpr std::size_t max_single_syncs = 32;
/// External files remembered for one blob. [blobs.md §4.3.6]
inline constexpr std::size_t max_external_paths = 8;

/// A finished import, not yet under the blob's name.
struct Imported;

class FileStoreCore {
 public:
  using TimePoint = Entry::TimePoint;

  FileStoreCore(Folder opened, Database database_, const FileStoreOptions& options_);
  FileStoreCore(const FileStoreCore&) = delete;
  FileStoreCore& operator=(const FileStoreCore&) = delete;

  /// Everything to the disk, and nothing works any more.
  Result<void> close();
  bool is_closed() const noexcept { return is_closed_; }

  // Entries in use.
  Result<EntryPtr> entry(const Hash& hash);
  void acquire(const EntryPtr& entry);
  void release(const EntryPtr& entry) noexcept;
  /// Writers put down what they hold back.
  Result<void> flush_writers(Entry& entry);
  /// Forgets the entry, unless it has something that is not on the disk.
  void drop_if_idle(const EntryPtr& entry);
  /// Hashes of which only memory has something.
  std::vector<Hash> unsaved() const;

  // What changes an entry; see entry_states.cpp.
  void begin_in_memory(const EntryPtr& entry);
  /// Makes files if there are none yet, and says on the disk that they are being written to.
  Result<void> prepare_files(const EntryPtr& entry);
  /// [blobs.md §4.3.1] Remembers what size a sender claimed with the bytes at this offset.
  Result<void> note_size(Entry& entry, std::uint64_t offset, std::uint64_t size);
  /// What was added counts from now on.
  Result<void> publish(const EntryPtr& entry, const Bitfield& added);
  Result<void> complete(const EntryPtr& entry);
  Result<void> settle(const EntryPtr& entry);
  Result<void> checkpoint(Entry& entry);
  Result<StoredBlob> stored(Entry& entry);
  /// Turns a blob whose bytes turned out to be partly wrong into what is left of it.
  Result<void> demote(const EntryPtr& entry, const Bitfield& left);
  /// The blob is complete and, where it is not yet, where the import is.
  Result<void> take_import(Imported&& imported);
  /// Nothing is known of the blob any more.
  Result<bool> erase(const EntryPtr& entry);
  Result<bool> remove(const Hash& hash, bool is_forced);

  // The order of things.
  /// After every command: commits what has waited for long enough.
  Result<void> after_command();
  Result<void> commit();
  Result<void> sync();
  Result<void> upkeep(TimePoint now);
  std::optional<TimePoint> upkeep_due() const;
  void sync_before_commit(const std::string& name) { to_sync_.push_back(name); }
  void remove_after_commit(const Hash& hash, const std::string& name);
  /// To be called before files of the blob are made: none of them may be waiting to be deleted.
  Result<void> settle_removals(const Hash& hash);
  Result<void> write_row(Entry& entry, const BlobRow& row, base::ByteSpan data = {}, base::ByteSpan outboard = {});

  FileStoreOptions options;
  Folder folder;
  Database database;
  HandleCache files;
  TempTags temp_tags;
  std::uint64_t commits = 0;
  std::uint64_t cycle;  ///< of collection; begins anywhere, so that none of an earlier run is taken for it

 private:
  Result<void> load(const EntryPtr& entry);
  Result<void> load_partial(const EntryPtr& entry);
  bool is_readable(const BlobRow& row, const BlobNames& names);
  void detach(const EntryPtr& entry, const error_code& cause);
  Result<void> sync_files();
  void lose_transaction(const error_code& cause);
  Result<void> begin_files(const EntryPtr& entry);
  Result<void> mark_dirty(const EntryPtr& entry);
  Result<void> spill(const EntryPtr& entry);
  Result<void> write_out(const Entry& entry, const MemoryBlob& memory);
  Result<void> unite(const EntryPtr& entry, Imported&& imported);
  Result<void> place(const EntryPtr& entry, Imported&& imported);
  /// Whatever of the blob's files the row does not mean.
  void remove_other_files(const Entry& entry);
  Result<void> sync_partial(Entry& entry);
  void watch(const EntryPtr& entry);

  std::unordered_map<Hash, EntryPtr> entries_;
  std::vector<EntryPtr> unsaved_;  ///< partial entries that are dirty, or only in memory
  std::vector<std::string> to_sync_;
  std::vector<std::string> to_remove_;
  std::unordered_set<Hash> removals_;  ///< whose files are to_remove_
  bool is_closed_ = false;
};

/// Keeps an entry in use.
class EntryHandle {
 public:
  EntryHandle(std::shared_ptr<FileStoreCore> core, EntryPtr entry) : core_(std::move(core)), entry_(std::move(entry)) {
    core_->acquire(entry_);
  }
  EntryHandle(const EntryHandle&) = delete;
  EntryHandle& operator=(const EntryHandle&) = delete;
  ~EntryHandle() { core_->release(entry_); }

  FileStoreCore& core() const noexcept { return *core_; }
  Entry& entry() const noexcept { return *entry_; }
  const EntryPtr& pointer() const noexcept { return entry_; }

 private:
  std::shared_ptr<FileStoreCore> core_;
  EntryPtr entry_;
};

}  // namespace iroh::blobs
