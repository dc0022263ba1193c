// SPDX-License-Identifier: MIT OR Apache-2.0
// Hexadecimal text. Output is lower case, and input must be: upper-case digits are refused. [endpoint.md §1.3]
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_span.hpp"

namespace iroh::base {

std::string to_hex(ByteSpan bytes);

/// Nothing if the length is odd or a character is not one of 0-9a-f.
std::optional<std::vector<std::byte>> from_hex(std::string_view text);
/// Into a buffer of fixed size; false, with the buffer unspecified, unless the text has exactly two digits a byte.
bool from_hex(std::string_view text, MutableByteSpan out) noexcept;

}  // namespace iroh::base
