// SPDX-License-Identifier: MIT OR Apache-2.0
// Received files get their names here: below one open folder, through no symbolic link, never in place of anything.
// [tools.md §2.7]
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "iroh/blobs/hash.hpp"

namespace iroh::tools {

class TargetFolder {
 public:
  /// To be made before other threads make files. Throws Failure if it cannot be opened.
  explicit TargetFolder(std::filesystem::path path);
  TargetFolder(const TargetFolder&) = delete;
  TargetFolder& operator=(const TargetFolder&) = delete;
  ~TargetFolder();

  const std::filesystem::path& path() const noexcept { return path_; }

  enum class Present { nothing, same_content, something_else };
  /// What has this name now. Its content is compared only if it is a regular file, of that size if one is given. Throws
  /// Failure if a folder on the way is a link or a file. The name must have passed name_problem().
  Present look(std::string_view name, const Hash& hash, std::optional<std::uint64_t> size) const;

  /// Gives a complete file its name, and makes the folders on the way. False if the name is taken: nothing is ever
  /// replaced. Throws Failure.
  bool place(const std::filesystem::path& part, std::string_view name) const;

  std::filesystem::path path_of(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
  mode_t file_mode_;
  int fd_;
};

/// The hash of an open file; throws Failure.
Hash hash_of_file(int fd, const std::filesystem::path& path);

}  // namespace iroh::tools
