// SPDX-License-Identifier: MIT OR Apache-2.0
// The store that `iroh blob` works on, and how users name what is in it.
#pragma once

#include <filesystem>
#include <string>

#include "iroh/blobs/blob_store.hpp"
#include "iroh/endpoint/task.hpp"
#include "tools/lib/blob/options.hpp"

namespace iroh::tools {

std::filesystem::path store_folder(const BlobOptions& options);
/// Throws Failure.
Task<BlobStore> open_store(const BlobOptions& options);
/// A hash, or what a tag names. Throws Failure if it is neither.
Task<HashAndFormat> find_content(BlobStore store, const std::string& text);

}  // namespace iroh::tools
