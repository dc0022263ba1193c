// SPDX-License-Identifier: MIT OR Apache-2.0
// Which files are shared by `iroh send PATH`, and under which names. [tools.md §2.4]
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace iroh::tools {

struct SharedFile {
  std::string name;            ///< in the collection
  std::filesystem::path path;  ///< absolute
  std::uint64_t size = 0;
};

struct SharedTree {
  std::vector<SharedFile> files;  ///< by name, byte by byte
  bool is_directory = false;
  std::uint64_t total_size() const noexcept;
};

/// The regular files at or below a path. Symbolic links below it are not followed; other special files, empty folders
/// and the tools' own data folders are left out. Throws Failure, also for names that receivers would refuse.
SharedTree walk(const std::filesystem::path& path);

}  // namespace iroh::tools
