// SPDX-License-Identifier: MIT OR Apache-2.0
// The rule by which public and secret keys are read from text. [endpoint.md §1.3]
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "iroh/base/result.hpp"

namespace iroh::identity {

/// Writes the 32 bytes that the text stands for. Fails with a KeyError; out is then unspecified.
Result<void> parse_key_string(std::string_view text, std::span<std::byte, 32> out);

}  // namespace iroh::identity
