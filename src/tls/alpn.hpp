// SPDX-License-Identifier: MIT OR Apache-2.0
// The ALPN extension. GnuTLS has one of its own, but it holds at most 8 names of at most 31 bytes. [RFC 7301]
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_span.hpp"

namespace iroh::tls {

/// The extension's data: a list of names, each of 1 to 255 bytes.
std::vector<std::byte> encode_alpns(const std::vector<std::string>& alpns);

/// The names as views into the data; nothing if the encoding is wrong, the list or a name is empty.
std::optional<std::vector<std::string_view>> decode_alpns(base::ByteSpan data);

/// The first of ours that is among the offered: the server's order decides. Null if there is none. [endpoint.md §2.7]
const std::string* select_alpn(const std::vector<std::string>& ours, const std::vector<std::string_view>& offered);

}  // namespace iroh::tls
