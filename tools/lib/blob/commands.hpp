// SPDX-License-Identifier: MIT OR Apache-2.0
// The subcommands of `iroh blob`. Each completes with the exit code, or throws Failure or a system error.
#pragma once

#include "iroh/endpoint/task.hpp"
#include "tools/lib/blob/options.hpp"

namespace iroh::tools {

Task<int> blob_add(BlobOptions options);
Task<int> blob_list(BlobOptions options);
Task<int> blob_export(BlobOptions options);
Task<int> blob_tag_list(BlobOptions options);
Task<int> blob_tag_set(BlobOptions options);
Task<int> blob_tag_delete(BlobOptions options);
Task<int> blob_tag_rename(BlobOptions options);
Task<int> blob_gc(BlobOptions options);
Task<int> blob_verify(BlobOptions options);

Task<int> blob_serve(BlobOptions options);
Task<int> blob_download(BlobOptions options);
Task<int> blob_observe(BlobOptions options);

}  // namespace iroh::tools
