// SPDX-License-Identifier: MIT OR Apache-2.0
// From files to a collection in a store. [tools.md §2.4]
#pragma once

#include <chrono>

#include "iroh/blobs/blob_store.hpp"
#include "iroh/endpoint/task.hpp"
#include "tools/lib/share/progress_lines.hpp"
#include "tools/lib/share/walk.hpp"

namespace iroh::tools {

struct ImportSettings {
  FileMode mode = FileMode::copy;
  bool is_single_blob = false;  ///< a file alone, without its name
};

struct Imported {
  SharedTree tree;
  Collection collection;
  TempTag root;  ///< protects everything
  std::chrono::nanoseconds duration{};
};

/// Throws Failure. Must not be cancelled.
Task<Imported> import_tree(BlobStore store, SharedTree tree, const ImportSettings& settings, ProgressLines& lines);

}  // namespace iroh::tools
