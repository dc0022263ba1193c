// SPDX-License-Identifier: MIT OR Apache-2.0
// Bulk data in the fastest way that the API offers: nothing is copied on either side.
#pragma once

#include <cstdint>

#include "iroh/endpoint/stream.hpp"
#include "iroh/endpoint/task.hpp"
#include "tools/lib/progress_bar.hpp"

namespace iroh::tools {

/// What several transfers have moved together.
struct TransferProgress {
  ProgressBar* bar = nullptr;
  std::uint64_t done = 0;

  void add(std::uint64_t bytes) {
    done += bytes;
    if (bar != nullptr) bar->update(done);
  }
};

/// One buffer, sent again and again.
Task<> write_blocks(SendStream stream, std::uint64_t size, TransferProgress* progress = nullptr);
/// Up to the end; the number of bytes.
Task<std::uint64_t> read_all(RecvStream stream, TransferProgress* progress = nullptr);

}  // namespace iroh::tools
