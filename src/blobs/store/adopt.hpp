// SPDX-License-Identifier: MIT OR Apache-2.0
// Takes over the data files of another store by what their names and bytes say. [blobs.md §4.3.1]
#pragma once

#include "blobs/store/file_store_core.hpp"

namespace iroh::blobs {

Result<AdoptReport> adopt(const std::shared_ptr<FileStoreCore>& core, const std::filesystem::path& folder,
                          ImportMode mode);

}  // namespace iroh::blobs
