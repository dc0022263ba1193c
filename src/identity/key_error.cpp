// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/key_error.hpp"

#include <string>

#include "base/error_category.hpp"

namespace iroh {
namespace {

// [endpoint.md §1.3] the texts of the first four
std::string message(int value) {
  switch (static_cast<KeyError>(value)) {
    case KeyError::failed_to_decode_hex:
      return "failed to decode hex string";
    case KeyError::failed_to_decode_base32:
      return "failed to decode base32 string";
    case KeyError::invalid_length:
      return "invalid length";
    case KeyError::invalid_key_data:
      return "data is not a valid public key";
    case KeyError::bad_signature:
      return "signature does not verify";
  }
  return "unknown error";
}

}  // namespace

const boost::system::error_category& identity_category() noexcept {
  static const base::ErrorCategory category("iroh.identity", message);
  return category;
}

}  // namespace iroh
