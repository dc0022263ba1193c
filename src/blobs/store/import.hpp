// SPDX-License-Identifier: MIT OR Apache-2.0
// Bytes on their way into a file store: hashed, and in temporary files until they get the blob's name.
// [blobs.md §4.3.6]
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "blobs/store/file_store_core.hpp"

namespace iroh::blobs {

/// Deleted unless it gets a name in the data folder.
class TemporaryFile {
 public:
  static Result<TemporaryFile> make(Folder& folder);
  /// Another name of a file of the user, by a hard link; fails where that is not possible.
  static Result<TemporaryFile> link_to(Folder& folder, const File& file);

  TemporaryFile(TemporaryFile&& other) noexcept
      : folder_(std::exchange(other.folder_, nullptr)), name_(std::move(other.name_)), file_(std::move(other.file_)) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile();

  const File& file() const noexcept { return file_; }
  Result<void> become(const std::string& name);

 private:
  TemporaryFile(Folder& folder, Folder::Temporary&& temporary) noexcept
      : folder_(&folder), name_(std::move(temporary.name)), file_(std::move(temporary.file)) {}

  Folder* folder_;
  std::string name_;
  File file_;
};

struct Imported {
  Hash hash;
  std::uint64_t size = 0;
  // Where the data is: one of the three.
  std::optional<Bytes> data = {};
  std::optional<TemporaryFile> data_file = {};
  std::string users_path = {};
  // Where the outboard is, unless it is empty.
  std::vector<std::byte> outboard = {};
  std::optional<TemporaryFile> outboard_file = {};
};

Result<HashAndFormat> import_bytes(FileStoreCore& core, Bytes data, const ImportOptions& options);
Result<HashAndFormat> import_file(FileStoreCore& core, const std::string& path, ImportMode mode,
                                  const ImportOptions& options);
Result<std::unique_ptr<BlobImport>> import_stream(std::shared_ptr<FileStoreCore> core, const ImportOptions& options);

/// Hashes the file, with its outboard where the store wants it, and copies it if there is a target.
Result<Imported> hash_into(FileStoreCore& core, const File& source, std::uint64_t size, const File* copy_to,
                           const Progress& progress);

}  // namespace iroh::blobs
