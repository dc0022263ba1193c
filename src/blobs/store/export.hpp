// SPDX-License-Identifier: MIT OR Apache-2.0
// Complete blobs of a file store as files of the user. [blobs.md §4.3.6]
#pragma once

#include "blobs/store/file_store_core.hpp"

namespace iroh::blobs {

Result<void> export_file(FileStoreCore& core, const Hash& hash, const std::filesystem::path& target, ExportMode mode,
                         const Progress& progress);

}  // namespace iroh::blobs
