// SPDX-License-Identifier: MIT OR Apache-2.0
// HMAC-SHA256, for stateless reset tokens and other keyed hashes of our own. [RFC 2104]
#pragma once

#include <array>
#include <cstddef>

#include "base/byte_span.hpp"

namespace iroh::crypto {

std::array<std::byte, 32> hmac_sha256(base::ByteSpan key, base::ByteSpan message);

}  // namespace iroh::crypto
