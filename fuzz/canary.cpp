// SPDX-License-Identifier: MIT OR Apache-2.0
#include "fuzz/canary.hpp"

#include "base/assert.hpp"

namespace iroh::fuzz {

// One comparison after the other, so that a fuzzer guided by coverage finds its way in seconds.
void fuzz_canary(std::span<const std::uint8_t> input) {
  if (input.size() < 4 || input[0] != 'b') return;
  if (input[1] != 'i') return;
  if (input[2] != 'r') return;
  IROH_ASSERT(input[3] != 'd');
}

}  // namespace iroh::fuzz
