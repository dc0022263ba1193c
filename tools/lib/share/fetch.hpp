// SPDX-License-Identifier: MIT OR Apache-2.0
// Gets the content of a ticket into a store, with the stages that `iroh receive` shows. [tools.md §2.5]
#pragma once

#include <optional>
#include <string>

#include "iroh/blobs/blob_store.hpp"
#include "iroh/blobs/blob_ticket.hpp"
#include "iroh/blobs/remote_blobs.hpp"
#include "iroh/endpoint/endpoint.hpp"
#include "iroh/endpoint/task.hpp"
#include "tools/lib/share/options.hpp"
#include "tools/lib/share/progress_lines.hpp"

namespace iroh::tools {

/// Why nothing more comes: told in one line that begins with the stage, and then as the command's error.
/// [tools.md §2.6]
struct FetchFailure {
  std::string stage;  ///< "initial connection error: " and so on
  std::string text;
};

struct FetchResult {
  TransferStats stats;  ///< of the main request; of nothing if nothing was missing
  std::uint64_t payload_bytes = 0;
  std::uint64_t files = 0;
  std::optional<FetchFailure> failure;
};

/// Connects and fetches what is missing. What was verified before a failure is in the store. May be cancelled.
Task<FetchResult> fetch(const ReceiveOptions& options, Endpoint endpoint, BlobStore store, const BlobTicket& ticket,
                        ProgressLines& lines);

}  // namespace iroh::tools
