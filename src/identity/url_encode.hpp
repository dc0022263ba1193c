// SPDX-License-Identifier: MIT OR Apache-2.0
// Percent-encoding with the sets of the WHATWG URL standard, section 1.3.
#pragma once

#include <string>
#include <string_view>

namespace iroh::identity {

/// Which part of a URL the text is for. Each part has its own set of characters that must be encoded.
enum class UrlPart { opaque, fragment, query, special_query, path, user_info };

/// Appends the text; an escape that is there already stays.
void append_percent_encoded(std::string& out, std::string_view text, UrlPart part);
/// Replaces %xx by bytes; a % without two hex digits stays.
std::string percent_decode(std::string_view text);

}  // namespace iroh::identity
