// SPDX-License-Identifier: MIT OR Apache-2.0
/// What can be wrong with a key or a signature. [endpoint.md §1.3]
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <type_traits>

namespace iroh {

/// Errors of EndpointId, SecretKey and Signature, in identity_category().
enum class KeyError {
  failed_to_decode_hex = 1,     ///< 64 characters that are not lower-case hex
  failed_to_decode_base32 = 2,  ///< a bad symbol, or bits left over that are not zero
  invalid_length = 3,           ///< no form of a key has this length
  invalid_key_data = 4,         ///< 32 bytes that are no point of the curve
  bad_signature = 5,            ///< strict verification failed; there is no more to say about it
};

/// Name "iroh.identity".
const boost::system::error_category& identity_category() noexcept;

inline boost::system::error_code make_error_code(KeyError error) noexcept {
  return {static_cast<int>(error), identity_category()};
}

}  // namespace iroh

template <>
struct boost::system::is_error_code_enum<iroh::KeyError> : std::true_type {};
