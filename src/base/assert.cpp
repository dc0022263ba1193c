// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace iroh::base {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "iroh: assertion failed: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace iroh::base
