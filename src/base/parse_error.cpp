// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/base/parse_error.hpp"

#include <string>

#include "base/error_category.hpp"

namespace iroh {
namespace {

std::string message(int value) {
  switch (static_cast<ParseError>(value)) {
    case ParseError::invalid_ip_address:
      return "invalid IP address";
    case ParseError::invalid_socket_address:
      return "invalid socket address";
    case ParseError::invalid_port:
      return "invalid port, expected a decimal number from 0 to 65535";
    case ParseError::invalid_zone:
      return "invalid zone of an IPv6 address, expected a number";
  }
  return "unknown error";
}

}  // namespace

const boost::system::error_category& base_category() noexcept {
  static const base::ErrorCategory category("iroh.base", message);
  return category;
}

}  // namespace iroh
