// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/transfer/failures.hpp"

#include <fmt/format.h>

#include "iroh/endpoint/errors.hpp"

namespace iroh {

TransferStats& TransferStats::operator+=(const TransferStats& other) noexcept {
  payload_bytes_read += other.payload_bytes_read;
  other_bytes_read += other.other_bytes_read;
  payload_bytes_written += other.payload_bytes_written;
  other_bytes_written += other.other_bytes_written;
  elapsed += other.elapsed;
  return *this;
}

std::string TransferFailure::to_string() const {
  if (!blob) return error.message();
  return fmt::format("{}: {} at {}", error.message(), blob->short_string(), offset);
}

namespace blobs {

error_code to_error(bao::ErrorKind kind) noexcept {
  switch (kind) {
    case bao::ErrorKind::size_missing:
    case bao::ErrorKind::parent_missing:
    case bao::ErrorKind::leaf_missing:
      return BlobError::not_found;
    case bao::ErrorKind::parent_mismatch:
    case bao::ErrorKind::leaf_mismatch:
      return BlobError::mismatch;
    case bao::ErrorKind::truncated:
      return BlobError::truncated;
    case bao::ErrorKind::io:
      break;
  }
  return error_code(EIO, boost::system::system_category());
}

error_code from_stream_error(const error_code& error) noexcept {
  if (error.category() != stream_reset_category() && error.category() != stream_stopped_category()) return error;
  switch (static_cast<BlobsCode>(error.value())) {
    case BlobsCode::permission:
      return BlobError::refused;
    case BlobsCode::limit:
      return BlobError::rate_limited;
    case BlobsCode::internal:
      return BlobError::not_found;
    case BlobsCode::none:
      break;
  }
  return error;
}

}  // namespace blobs
}  // namespace iroh
