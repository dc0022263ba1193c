// SPDX-License-Identifier: MIT OR Apache-2.0
// Files of the user, as imports and exports see them. [blobs.md §4.3.6]
#pragma once

#include <filesystem>

#include "blobs/store/file.hpp"
#include "blobs/store/store.hpp"

namespace iroh::blobs {

/// All of [offset, offset + size) is among the present chunks and before the end.
bool is_present(const Bitfield& bitfield, std::uint64_t offset, std::uint64_t size) noexcept;

/// The path must be absolute and lead to a regular file; fails with BlobError::invalid_path or a system error.
Result<Bytes> read_whole_file(const std::filesystem::path& path);

/// A file that gets its name when it is whole. Until then it is beside the target under another name, and deleted if
/// nothing comes of it. Missing folders are made; a link under the name is replaced, not followed.
class NewFile {
 public:
  /// The target must be absolute.
  static Result<NewFile> make(const std::filesystem::path& target);
  /// Another name for the open file of the store; fails where hard links are not possible.
  static Result<NewFile> link_to(const std::filesystem::path& target, const File& file);

  NewFile(NewFile&& other) noexcept
      : target_(std::move(other.target_)),
        temporary_(std::exchange(other.temporary_, {})),
        file_(std::move(other.file_)) {}
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  const File& file() const noexcept { return file_; }
  Result<void> finish();
  /// As finish(), and it survives a power cut.
  Result<void> finish_durably();

 private:
  NewFile(const std::filesystem::path& target, std::string temporary, File file) noexcept
      : target_(target.string()), temporary_(std::move(temporary)), file_(std::move(file)) {}

  std::string target_;
  std::string temporary_;
  File file_;
};

/// Writes a complete blob beside the target and renames it; makes missing folders. The target must be absolute.
Result<void> write_whole_file(const std::filesystem::path& target, BlobReader& reader, const Progress& progress);

}  // namespace iroh::blobs
