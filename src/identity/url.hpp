// SPDX-License-Identifier: MIT OR Apache-2.0
// A URL taken apart by the rules of the WHATWG URL standard, section 4.4, each part normalised. There is no base URL,
// and the scheme file is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "iroh/base/result.hpp"

namespace iroh::identity {

struct Url {
  std::string scheme;
  std::string user_info;            ///< with its '@', or empty
  std::optional<std::string> host;  ///< nothing: the URL has no authority part
  std::optional<std::uint16_t> port;
  std::string path;
  std::string query;     ///< with its '?', or empty
  std::string fragment;  ///< with its '#', or empty
};

/// Fails with one of the url_ errors of AddrError.
Result<Url> parse_url(std::string_view text);

}  // namespace iroh::identity
