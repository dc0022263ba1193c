// SPDX-License-Identifier: MIT OR Apache-2.0
// How much heap is in use, TLS library included: what floods are measured by.
#pragma once

#include <malloc.h>

#include <cstddef>

// Only there in builds with AddressSanitizer.
extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();

namespace iroh::hostile {

inline std::size_t heap_in_use() {
  if (__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
  return mallinfo2().uordblks;
}

}  // namespace iroh::hostile
