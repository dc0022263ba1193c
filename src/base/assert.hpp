// SPDX-License-Identifier: MIT OR Apache-2.0
// IROH_ASSERT states what only our own bug can break; it stays on in release builds. Input is never judged by it.
// IROH_DCHECK is for checks that are too dear for release builds.
#pragma once

namespace iroh::base {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;
}  // namespace iroh::base

#define IROH_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::iroh::base::assertion_failed(#expression, __FILE__, __LINE__))

#ifdef NDEBUG
#define IROH_DCHECK(expression) static_cast<void>(0)
#else
#define IROH_DCHECK(expression) IROH_ASSERT(expression)
#endif
