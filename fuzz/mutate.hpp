// SPDX-License-Identifier: MIT OR Apache-2.0
// Changes inputs by chance, for the corpus test; libFuzzer does this better, but not in the normal build.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.hpp"

namespace iroh::fuzz {

using Input = std::vector<std::uint8_t>;

/// One to four random edits of input; other lends pieces.
Input mutate(Input input, const Input& other, base::Random& random);

}  // namespace iroh::fuzz
