// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/version.hpp"

namespace iroh::tools {

std::string_view version() noexcept {
  return IROH_TOOLS_VERSION;
}

}  // namespace iroh::tools
