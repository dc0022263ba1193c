// SPDX-License-Identifier: MIT OR Apache-2.0
/// What can go wrong with blobs and their stores.
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <type_traits>

namespace iroh {

/// Errors of hashes, collections and stores, in blob_category(). File errors keep their system code.
enum class BlobError {
  invalid_hash_text = 1,  ///< neither 64 lower-case hex digits nor 52 symbols of base32
  invalid_format_text,    ///< not the text of a HashAndFormat
  truncated,              ///< the bytes end before the value does
  unknown_format,         ///< neither raw nor hash sequence
  invalid_hash_seq,       ///< the length is not a multiple of 32
  invalid_collection,     ///< wrong header, names that are not UTF-8, or not one hash for each name
  not_found,              ///< the store does not have this blob, this part of it, or this tag
  incomplete,             ///< only a part of the blob is there
  unsupported,            ///< the store is read-only
  mismatch,               ///< stored or received bytes do not have the expected hash
  invalid_path,           ///< not absolute, or not a regular file
  store_in_use,           ///< another process has the store open
  corrupt_store,          ///< the metadata database cannot be understood
  size_limit_exceeded,    ///< larger than the caller or the store allows
  refused,                ///< the provider does not permit it
  rate_limited,           ///< the provider has enough to do; try again later
  stalled,                ///< nothing came for too long
  malformed,              ///< the peer does not keep to the protocol
  no_providers,           ///< nobody is left to ask
  too_many_connections,   ///< the pool is full, and all are in use
  too_many_attempts,      ///< the pool is dialling enough already
  connect_timed_out,      ///< the pool gave up waiting
  rejected,               ///< the pool's hook does not want the connection
};

/// Name "iroh.blobs".
const boost::system::error_category& blob_category() noexcept;

inline boost::system::error_code make_error_code(BlobError error) noexcept {
  return {static_cast<int>(error), blob_category()};
}

}  // namespace iroh

template <>
struct boost::system::is_error_code_enum<iroh::BlobError> : std::true_type {};
