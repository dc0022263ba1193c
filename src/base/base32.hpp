// SPDX-License-Identifier: MIT OR Apache-2.0
// Base32 without padding in the alphabets that iroh uses. Decoding is strict: an impossible symbol count or trailing
// bits that are not zero are errors, so every byte string has one text. [RFC 4648 §6], [endpoint.md §1.2]
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_span.hpp"

namespace iroh::base {

enum class Base32 {
  upper,      ///< A-Z2-7
  lower,      ///< a-z2-7
  hex_lower,  ///< 0-9a-v, "base32hex"
  z_base_32,  ///< ybndrfg8ejkmcpqxot1uwisza345h769
};

std::string to_base32(ByteSpan bytes, Base32 alphabet);
/// Nothing if the text is not what to_base32() writes for some bytes.
std::optional<std::vector<std::byte>> from_base32(std::string_view text, Base32 alphabet);
/// The alphabet a-z2-7 with letters in any case.
std::optional<std::vector<std::byte>> from_base32_any_case(std::string_view text);

}  // namespace iroh::base
