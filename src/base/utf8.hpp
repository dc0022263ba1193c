// SPDX-License-Identifier: MIT OR Apache-2.0
// UTF-8 as peers may send it: well-formed or refused. [RFC 3629 §4]
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace iroh::base {

/// True unless there is an overlong form, a surrogate, a code point above U+10FFFF or a broken sequence.
bool is_utf8(std::string_view text) noexcept;
/// The code points of well-formed text, nothing otherwise.
std::optional<std::u32string> decode_utf8(std::string_view text);
/// Appends one code point, which must be a Unicode scalar value.
void append_utf8(std::string& text, char32_t code_point);

}  // namespace iroh::base
