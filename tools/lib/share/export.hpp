// SPDX-License-Identifier: MIT OR Apache-2.0
// From a store to files with names. [tools.md §2.7]
#pragma once

#include <filesystem>

#include "iroh/blobs/blob_store.hpp"
#include "iroh/blobs/collection.hpp"
#include "iroh/endpoint/task.hpp"
#include "tools/lib/share/progress_lines.hpp"
#include "tools/lib/share/target_folder.hpp"

namespace iroh::tools {

/// Where files are before they get their names; in the same file system.
struct ExportParts {
  std::filesystem::path folder;
  bool are_moved = false;  ///< large blobs out of the store, which then has them no more
  std::filesystem::path of(const Hash& hash) const { return folder / hash.to_string(); }
};

/// Large files are moved out of the store on their way to their names. After an interruption they are found where they
/// got to, and are the store's again (by reference if they have their names), so that they are not fetched once more.
Task<> take_back(BlobStore store, const Collection& collection, const TargetFolder& target, const ExportParts& parts);

/// All names are checked before the first file is made, and no file is replaced. Files that are there already with the
/// same content count as exported. Stops between two files once `is_interrupted` is set. Throws Failure.
Task<> export_collection(BlobStore store, const Collection& collection, const TargetFolder& target,
                         const ExportParts& parts, ProgressLines& lines, const bool& is_interrupted);

}  // namespace iroh::tools
