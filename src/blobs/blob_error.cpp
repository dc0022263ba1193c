// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/blob_error.hpp"

#include <string>

#include "base/error_category.hpp"

namespace iroh {
namespace {

std::string message(int value) {
  switch (static_cast<BlobError>(value)) {
    case BlobError::invalid_hash_text:
      return "not a hash: neither 64 lower-case hex digits nor 52 symbols of base32";
    case BlobError::invalid_format_text:
      return "not a hash with a format: 64 hex digits, with an s in front for a hash sequence";
    case BlobError::truncated:
      return "the bytes end too early";
    case BlobError::unknown_format:
      return "unknown blob format";
    case BlobError::invalid_hash_seq:
      return "not a hash sequence: its length is not a multiple of 32";
    case BlobError::invalid_collection:
      return "not a collection";
    case BlobError::not_found:
      return "not found";
    case BlobError::incomplete:
      return "only a part of the blob is there";
    case BlobError::unsupported:
      return "unsupported by a read-only store";
    case BlobError::mismatch:
      return "the bytes do not have the expected hash";
    case BlobError::invalid_path:
      return "the path is not absolute, or not a regular file";
    case BlobError::store_in_use:
      return "the store is open in another process";
    case BlobError::corrupt_store:
      return "the store's database cannot be understood";
    case BlobError::size_limit_exceeded:
      return "larger than allowed";
    case BlobError::refused:
      return "refused by the provider";
    case BlobError::rate_limited:
      return "the provider asks to try again later";
    case BlobError::stalled:
      return "nothing came for too long";
    case BlobError::malformed:
      return "the peer does not keep to the protocol";
    case BlobError::no_providers:
      return "no provider could serve it";
    case BlobError::too_many_connections:
      return "too many connections";
    case BlobError::too_many_attempts:
      return "too many pending connections";
    case BlobError::connect_timed_out:
      return "timed out while connecting";
    case BlobError::rejected:
      return "the connection was rejected by a hook";
  }
  return "unknown error";
}

}  // namespace

const boost::system::error_category& blob_category() noexcept {
  static const base::ErrorCategory category("iroh.blobs", message);
  return category;
}

}  // namespace iroh
