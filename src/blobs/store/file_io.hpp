// SPDX-License-Identifier: MIT OR Apache-2.0
// Files of the user, as imports and exports see them. [blobs.md §4.3.6]
#pragma once

#include <filesystem>

#include "blobs/store/store.hpp"

namespace iroh::blobs {

/// All of [offset, offset + size) is among the present chunks and before the end.
bool is_present(const Bitfield& bitfield, std::uint64_t offset, std::uint64_t size) noexcept;

/// The path must be absolute and lead to a regular file; fails with BlobError::invalid_path or a system error.
Result<Bytes> read_whole_file(const std::filesystem::path& path);

/// Writes a complete blob beside the target and renames it; makes missing folders. The target must be absolute.
Result<void> write_whole_file(const std::filesystem::path& target, BlobReader& reader, const Progress& progress);

}  // namespace iroh::blobs
