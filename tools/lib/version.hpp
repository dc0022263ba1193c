// SPDX-License-Identifier: MIT OR Apache-2.0
// The version of the tools.
#pragma once

#include <string_view>

namespace iroh::tools {

std::string_view version() noexcept;

}  // namespace iroh::tools
