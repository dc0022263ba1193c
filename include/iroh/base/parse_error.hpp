// SPDX-License-Identifier: MIT OR Apache-2.0
/// What can be wrong with the text of an IP address or a socket address.
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <type_traits>

namespace iroh {

/// Errors of IpAddr::parse() and SocketAddr::parse(), in base_category().
enum class ParseError {
  invalid_ip_address = 1,
  invalid_socket_address = 2,
  invalid_port = 3,
  invalid_zone = 4,  ///< the zone after % is not a number, or the address is IPv4
};

/// Name "iroh.base".
const boost::system::error_category& base_category() noexcept;

inline boost::system::error_code make_error_code(ParseError error) noexcept {
  return {static_cast<int>(error), base_category()};
}

}  // namespace iroh

template <>
struct boost::system::is_error_code_enum<iroh::ParseError> : std::true_type {};
