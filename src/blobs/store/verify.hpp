// SPDX-License-Identifier: MIT OR Apache-2.0
// A check of everything that is stored of one blob. [blobs.md §2.10]
#pragma once

#include "blobs/store/file_store_core.hpp"

namespace iroh::blobs {

Result<VerifyReport> verify(FileStoreCore& core, const Hash& hash, const Progress& progress);

}  // namespace iroh::blobs
