// SPDX-License-Identifier: MIT OR Apache-2.0
// Randomness from the kernel, and two small manners for handling secrets.
#pragma once

#include "base/byte_span.hpp"
#include "base/random.hpp"

namespace iroh::crypto {

/// The kernel's generator, unbuffered: safe across fork, usable from every thread, good for keys.
base::Random& system_random();

/// Overwrites secrets in a way that the compiler does not remove.
void wipe(base::MutableByteSpan bytes) noexcept;

/// Takes the same time whatever the contents; only the sizes may show.
bool constant_time_equal(base::ByteSpan left, base::ByteSpan right) noexcept;

}  // namespace iroh::crypto
