// SPDX-License-Identifier: MIT OR Apache-2.0
// The 8 bytes of a PATH_CHALLENGE that its PATH_RESPONSE repeats. [RFC 9000 §19.17]
#pragma once

#include <array>
#include <cstddef>

namespace iroh::quic {

using PathToken = std::array<std::byte, 8>;

}  // namespace iroh::quic
