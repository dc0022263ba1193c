// SPDX-License-Identifier: MIT OR Apache-2.0
// One request on one stream: sent, and its response brought into the store. [blobs.md §3.4], [blobs.md §5.2]
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "blobs/service/rate_limiter.hpp"
#include "blobs/service/store_thread.hpp"
#include "blobs/transfer/response_reader.hpp"
#include "iroh/blobs/transfer.hpp"
#include "iroh/endpoint/connection.hpp"

namespace iroh::blobs {

struct StreamOptions {
  std::chrono::milliseconds stall_timeout{20'000};
  /// After each batch; false: enough of it, the transfer ends with operation_aborted.
  std::function<bool(const ReadState&)> on_state = {};
  RateLimiter* limiter = nullptr;
};

struct StreamResult {
  TransferResult result;
  bool is_local_failure = false;  ///< the store's
};

/// `head` is the encoded request. Must run on a strand, or the like.
Task<StreamResult> get_on_stream(Connection connection, StoreHandle thread, std::vector<std::byte> head,
                                 std::unique_ptr<ResponseReader> reader, StreamOptions options);

}  // namespace iroh::blobs
