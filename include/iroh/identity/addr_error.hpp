// SPDX-License-Identifier: MIT OR Apache-2.0
/// What can be wrong with a relay URL, a custom address or an encoded EndpointAddr. [endpoint.md §1.5] to [endpoint.md
/// §1.8]
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <type_traits>

namespace iroh {

/// Errors of RelayUrl, CustomAddr and EndpointAddr, in addr_category().
enum class AddrError {
  url_not_utf8 = 1,
  url_without_scheme,
  url_unsupported_scheme,  ///< file: its rules are its own, and no relay can be there
  url_empty_host,
  url_invalid_host,
  url_invalid_port,

  custom_missing_separator,  ///< no '_' between id and data
  custom_invalid_id,         ///< not a hexadecimal number of at most 64 bits
  custom_invalid_data,       ///< not lower-case hex of even length
  custom_data_too_short,     ///< the binary form has fewer than 8 bytes

  postcard_truncated,     ///< the bytes end within the value, or hold a broken varint
  postcard_unknown_kind,  ///< an address of a kind that this version does not know
  postcard_invalid,       ///< a port above 65535, text that is not UTF-8, a size beyond its field

  json_syntax,   ///< not JSON at all
  json_invalid,  ///< JSON, but not that of an EndpointAddr
};

/// Name "iroh.addr".
const boost::system::error_category& addr_category() noexcept;

inline boost::system::error_code make_error_code(AddrError error) noexcept {
  return {static_cast<int>(error), addr_category()};
}

}  // namespace iroh

template <>
struct boost::system::is_error_code_enum<iroh::AddrError> : std::true_type {};
