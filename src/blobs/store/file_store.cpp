// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/file_store.hpp"

#include <algorithm>

#include "base/try.hpp"
#include "blobs/store/adopt.hpp"
#include "blobs/store/export.hpp"
#include "blobs/store/file_reader.hpp"
#include "blobs/store/file_writer.hpp"
#include "blobs/store/import.hpp"
#include "blobs/store/verify.hpp"

namespace iroh::blobs {
namespace {

/// Whether a file of this kind belongs to what the row says.
bool belongs(const BlobRow& row, BlobFile kind) noexcept {
  if (!row.is_complete) return true;
  if (kind == BlobFile::data) return row.data == Place::own_file;
  return kind == BlobFile::outboard && row.outboard == Place::own_file;
}

}  // namespace

FileStore::FileStore(std::shared_ptr<FileStoreCore> core) noexcept : core_(std::move(core)) {}

FileStore::~FileStore() {
  static_cast<void>(core_->close());
}

Result<std::unique_ptr<FileStore>> FileStore::open(const std::filesystem::path& path, const FileStoreOptions& options) {
  IROH_TRY(folder, Folder::open(path));
  IROH_TRY(database, Database::open(folder.path() / Folder::database_name));
  IROH_TRY(was_closed, database.begin_session());
  if (!was_closed) {
    IROH_TRY_VOID(folder.sweep([&database](const Hash& hash, BlobFile kind) -> Result<bool> {
      IROH_TRY(row, database.find(hash));
      return row && belongs(*row, kind);
    }));
  }
  auto core = std::make_shared<FileStoreCore>(std::move(folder), std::move(database), options);
  return std::unique_ptr<FileStore>(new FileStore(std::move(core)));
}

Result<Bitfield> FileStore::bitfield(const Hash& hash) {
  IROH_TRY(entry, core_->entry(hash));
  IROH_TRY_VOID(core_->flush_writers(*entry));
  return entry->bitfield;
}

Result<std::vector<Hash>> FileStore::list() {
  if (core_->is_closed()) return system_failure(ESHUTDOWN);
  IROH_TRY(hashes, core_->database.list());
  const std::vector<Hash> unsaved = core_->unsaved();
  hashes.insert(hashes.end(), unsaved.begin(), unsaved.end());
  return hashes;
}

Result<std::unique_ptr<BlobReader>> FileStore::open(const Hash& hash) {
  IROH_TRY(entry, core_->entry(hash));
  if (entry->state == Entry::State::absent) return failure(BlobError::not_found);
  return std::make_unique<FileReader>(core_, std::move(entry));
}

Result<std::unique_ptr<BlobWriter>> FileStore::write(const Hash& hash, std::uint64_t size) {
  IROH_TRY(entry, core_->entry(hash));
  return std::make_unique<FileWriter>(core_, std::move(entry), size);
}

Result<std::size_t> FileStore::remove(std::span<const Hash> hashes, bool is_forced) {
  std::size_t count = 0;
  for (const Hash& hash : hashes) {
    IROH_TRY(removed, core_->remove(hash, is_forced));
    count += removed ? 1 : 0;
  }
  IROH_TRY_VOID(core_->after_command());
  return count;
}

Result<HashAndFormat> FileStore::import_bytes(Bytes data, const ImportOptions& options) {
  return blobs::import_bytes(*core_, std::move(data), options);
}

Result<HashAndFormat> FileStore::import_file(const std::filesystem::path& path, ImportMode mode,
                                             const ImportOptions& options) {
  return blobs::import_file(*core_, path.string(), mode, options);
}

Result<std::unique_ptr<BlobImport>> FileStore::import_stream(const ImportOptions& options) {
  return blobs::import_stream(core_, options);
}

Result<void> FileStore::export_file(const Hash& hash, const std::filesystem::path& target, ExportMode mode,
                                    const Progress& progress) {
  return blobs::export_file(*core_, hash, target, mode, progress);
}

Result<void> FileStore::set_tag(const TagName& name, const HashAndFormat& content) {
  IROH_TRY_VOID(core_->database.set_tag(name, content));
  return core_->after_command();
}

Result<HashAndFormat> FileStore::tag(const TagName& name) {
  IROH_TRY(content, core_->database.tag(name));
  if (!content) return failure(BlobError::not_found);
  return *content;
}

Result<std::vector<TagInfo>> FileStore::list_tags(const TagRange& range) {
  return core_->database.list_tags(range);
}

Result<std::size_t> FileStore::delete_tags(const TagRange& range) {
  IROH_TRY(count, core_->database.delete_tags(range));
  IROH_TRY_VOID(core_->after_command());
  return count;
}

Result<void> FileStore::rename_tag(const TagName& from, const TagName& to) {
  IROH_TRY(content, tag(from));
  // In one transaction: a crash leaves the one name or the other.
  if (const auto erased = core_->database.erase_tag(from); !erased) return std::unexpected(erased.error());
  return set_tag(to, content);
}

TempTags& FileStore::temp_tags() noexcept {
  return core_->temp_tags;
}

Result<void> FileStore::clear_protected() {
  ++core_->cycle;
  return {};
}

Result<void> FileStore::sync() {
  return core_->sync();
}

Result<VerifyReport> FileStore::verify(const Hash& hash, const Progress& progress) {
  return blobs::verify(*core_, hash, progress);
}

std::optional<std::chrono::steady_clock::time_point> FileStore::upkeep_due() const {
  return core_->upkeep_due();
}

Result<void> FileStore::upkeep() {
  return core_->upkeep(std::chrono::steady_clock::now());
}

Result<AdoptReport> FileStore::adopt(const std::filesystem::path& folder, ImportMode mode) {
  return blobs::adopt(core_, folder, mode);
}

}  // namespace iroh::blobs
