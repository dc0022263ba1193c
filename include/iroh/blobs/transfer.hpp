// SPDX-License-Identifier: MIT OR Apache-2.0
/// What was moved by a request, and what went wrong with it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "iroh/base/result.hpp"
#include "iroh/blobs/hash.hpp"

namespace iroh {

/// Application error codes of streams and connections. [blobs.md §3.8]
enum class BlobsCode : std::uint64_t {
  none = 0,        ///< lost interest
  permission = 1,  ///< refused
  limit = 2,       ///< refused by a rate limit; may be tried again later
  internal = 3,    ///< anything else: not there, corrupt, unreadable
};

/// [blobs.md §3.11] Payload: the bytes of blobs. Other: sizes, pairs, requests and items of observers.
struct TransferStats {
  std::uint64_t payload_bytes_read = 0;
  std::uint64_t other_bytes_read = 0;
  std::uint64_t payload_bytes_written = 0;
  std::uint64_t other_bytes_written = 0;
  std::chrono::nanoseconds elapsed{};

  std::uint64_t bytes_read() const noexcept { return payload_bytes_read + other_bytes_read; }
  std::uint64_t bytes_written() const noexcept { return payload_bytes_written + other_bytes_written; }
  /// Field by field, elapsed too.
  TransferStats& operator+=(const TransferStats& other) noexcept;
  friend bool operator==(const TransferStats&, const TransferStats&) = default;
};

/// Why a transfer ended early, and at which byte of which blob.
struct TransferFailure {
  error_code error;
  std::optional<Hash> blob;
  std::uint64_t offset = 0;

  /// "bytes do not have the expected hash: ea8f163db3 at 16384".
  std::string to_string() const;
};

/// How a transfer ended. Whatever was verified before a failure is in the store.
struct TransferResult {
  TransferStats stats;
  std::optional<TransferFailure> failure;
  /// Bytes came after the end of the response: the provider breaks the protocol. [blobs.md §3.4]
  bool has_trailing_data = false;
};

}  // namespace iroh
