// SPDX-License-Identifier: MIT OR Apache-2.0
// Hosts of URLs: names, IPv4 in all the forms that browsers take, IPv6 in brackets. WHATWG URL standard, section 3.5.
#pragma once

#include <string>
#include <string_view>

#include "iroh/base/result.hpp"

namespace iroh::identity {

/// The host of an http, https, ws, wss or ftp URL in its normalised form. Fails with AddrError.
Result<std::string> normalise_host(std::string_view text);
/// The host of any other URL: kept as it is, apart from percent-encoding. May be empty. Fails with AddrError.
Result<std::string> normalise_opaque_host(std::string_view text);

}  // namespace iroh::identity
