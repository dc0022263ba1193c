// SPDX-License-Identifier: MIT OR Apache-2.0
// The target that must fail: it proves that the machinery notices failures.
#pragma once

#include <cstdint>
#include <span>

namespace iroh::fuzz {

/// Dies of an assertion on inputs that begin with "bird".
void fuzz_canary(std::span<const std::uint8_t> input);

}  // namespace iroh::fuzz
