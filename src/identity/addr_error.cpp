// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/addr_error.hpp"

#include <string>

#include "base/error_category.hpp"

namespace iroh {
namespace {

std::string message(int value) {
  switch (static_cast<AddrError>(value)) {
    case AddrError::url_not_utf8:
      return "invalid relay URL: not UTF-8";
    case AddrError::url_without_scheme:
      return "invalid relay URL: no scheme";
    case AddrError::url_unsupported_scheme:
      return "invalid relay URL: unsupported scheme";
    case AddrError::url_empty_host:
      return "invalid relay URL: empty host";
    case AddrError::url_invalid_host:
      return "invalid relay URL: invalid host";
    case AddrError::url_invalid_port:
      return "invalid relay URL: invalid port";
    case AddrError::custom_missing_separator:
      return "invalid custom address: missing '_' separator";
    case AddrError::custom_invalid_id:
      return "invalid custom address: invalid id";
    case AddrError::custom_invalid_data:
      return "invalid custom address: invalid data";
    case AddrError::custom_data_too_short:
      return "invalid custom address: data too short";
    case AddrError::postcard_truncated:
      return "invalid endpoint address: unexpected end";
    case AddrError::postcard_unknown_kind:
      return "invalid endpoint address: unknown kind of address";
    case AddrError::postcard_invalid:
      return "invalid endpoint address: value out of range";
    case AddrError::json_syntax:
      return "invalid endpoint address: not JSON";
    case AddrError::json_invalid:
      return "invalid endpoint address: unexpected JSON";
  }
  return "unknown error";
}

}  // namespace

const boost::system::error_category& addr_category() noexcept {
  static const base::ErrorCategory category("iroh.addr", message);
  return category;
}

}  // namespace iroh
