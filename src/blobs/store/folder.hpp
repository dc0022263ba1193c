// SPDX-License-Identifier: MIT OR Apache-2.0
// The folder of a file store: what the files in it are called, its lock, and what a crash left behind in it.
// [blobs.md §4.3.1]
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "blobs/store/file.hpp"
#include "iroh/blobs/hash.hpp"

namespace iroh::blobs {

/// The files of one blob in the data folder.
struct BlobNames {
  explicit BlobNames(const Hash& hash);

  std::string data;        ///< the bytes, sparse while the blob is partial
  std::string outboard;    ///< pairs in pre-order, sparse likewise
  std::string sizes;       ///< of a partial blob: the claimed size, in the slot of the group it came with
  std::string bitfield;    ///< of a partial blob: what is present; empty while it is being written to
  std::string checkpoint;  ///< of a partial blob being written to: what was present and on the disk some time ago
};

enum class BlobFile { data, outboard, sizes, bitfield, checkpoint };
/// What a name in the data folder means; nothing for names that are not ours.
std::optional<std::pair<Hash, BlobFile>> parse_blob_name(std::string_view name);

class Folder {
 public:
  static constexpr const char* data_name = "data";
  static constexpr const char* temp_name = "temp";
  static constexpr const char* lock_name = "lock";
  static constexpr const char* database_name = "blobs.sqlite";
  /// The database of the Rust implementation.
  static constexpr const char* foreign_database_name = "blobs.db";

  /// Makes what is missing. Fails with BlobError::store_in_use if it is open already, here or elsewhere, and with
  /// BlobError::corrupt_store if another implementation's store is in it.
  static Result<Folder> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const noexcept { return path_; }
  int data() const noexcept { return data_.descriptor(); }
  int temp() const noexcept { return temp_.descriptor(); }

  struct Temporary {
    std::string name;  ///< in temp()
    File file;
  };
  Result<Temporary> make_temporary();
  void remove_temporary(const std::string& name) const noexcept;
  /// Replaces what has the name.
  Result<void> move_into_data(const std::string& temporary, const std::string& name) const;
  /// True if it was there.
  bool remove_data(const std::string& name) const noexcept;
  bool has_data(const std::string& name) const noexcept;
  Result<std::uint64_t> data_size(const std::string& name) const;
  /// A small file, with a new content or none of it.
  Result<void> replace_data(const std::string& name, base::ByteSpan content);
  /// Names in the data folder survive a power cut.
  Result<void> sync_names() const;
  /// All files of the file system.
  Result<void> sync_all() const;

  /// [blobs.md 63] Deletes what imports left, and data files that the database does not know.
  Result<void> sweep(const std::function<Result<bool>(const Hash&, BlobFile)>& is_known) const;

 private:
  std::filesystem::path path_;
  File lock_;
  File data_;
  File temp_;
  std::uint64_t last_temporary_ = 0;
};

}  // namespace iroh::blobs
