// SPDX-License-Identifier: MIT OR Apache-2.0
// A store in a folder that survives restarts and crashes: small blobs in a database, the others as plain files.
// [blobs.md §4.3]
#pragma once

#include <memory>

#include "blobs/store/store.hpp"

namespace iroh::blobs {

class FileStoreCore;

struct FileStoreOptions {
  /// Blobs up to this size live in the database. [blobs.md §4.3.3]
  std::uint64_t inline_data_limit = 16'384;
  /// Outboards up to this size live in the database.
  std::uint64_t inline_outboard_limit = 16'384;
  /// For hashing imports and checks; 0 means as many as there are cores.
  std::size_t threads = 0;
  /// File handles kept open; more blobs may be open than that.
  std::size_t max_open_files = 128;
};

/// What an adoption found in the folder of another store.
struct AdoptReport {
  std::size_t complete = 0;
  std::size_t partial = 0;
  std::size_t rejected = 0;  ///< nothing in the file could be proven
};

class FileStore final : public Store {
 public:
  /// Creates the folder if it is missing. Fails with BlobError::store_in_use, BlobError::corrupt_store,
  /// BlobError::invalid_path or a system error.
  static Result<std::unique_ptr<FileStore>> open(const std::filesystem::path& folder,
                                                 const FileStoreOptions& options = {});
  /// As sync(), but cannot report that it failed.
  ~FileStore() override;

  Result<Bitfield> bitfield(const Hash& hash) override;
  Result<std::vector<Hash>> list() override;
  Result<std::unique_ptr<BlobReader>> open(const Hash& hash) override;
  Result<std::unique_ptr<BlobWriter>> write(const Hash& hash, std::uint64_t size) override;
  Result<std::size_t> remove(std::span<const Hash> hashes, bool is_forced) override;

  Result<HashAndFormat> import_bytes(Bytes data, const ImportOptions& options) override;
  Result<HashAndFormat> import_file(const std::filesystem::path& path, ImportMode mode,
                                    const ImportOptions& options) override;
  Result<std::unique_ptr<BlobImport>> import_stream(const ImportOptions& options) override;
  Result<void> export_file(const Hash& hash, const std::filesystem::path& target, ExportMode mode,
                           const Progress& progress) override;

  Result<void> set_tag(const TagName& name, const HashAndFormat& content) override;
  Result<HashAndFormat> tag(const TagName& name) override;
  Result<std::vector<TagInfo>> list_tags(const TagRange& range) override;
  Result<std::size_t> delete_tags(const TagRange& range) override;
  Result<void> rename_tag(const TagName& from, const TagName& to) override;

  TempTags& temp_tags() noexcept override;
  Result<void> clear_protected() override;
  Result<void> sync() override;
  Result<VerifyReport> verify(const Hash& hash, const Progress& progress) override;
  std::optional<std::chrono::steady_clock::time_point> upkeep_due() const override;
  Result<void> upkeep() override;

  /// Takes over whatever can be proven of the data files in another store's folder, such as one of the Rust
  /// implementation. Its database is not read, so blobs and tags that live only there are not found. The mode is copy
  /// or move; the other store must not be in use.
  Result<AdoptReport> adopt(const std::filesystem::path& folder, ImportMode mode);

 private:
  explicit FileStore(std::shared_ptr<FileStoreCore> core) noexcept;

  std::shared_ptr<FileStoreCore> core_;  // shared with readers and writers, which fail when the store is closed
};

}  // namespace iroh::blobs
