// SPDX-License-Identifier: MIT OR Apache-2.0
// The QUIC versions that are spoken: version 1 and no other. [RFC 9000 §15], [quic.md §6.1]
#pragma once

#include <cstdint>

namespace iroh::quic {

inline constexpr std::uint32_t version_1 = 0x00000001;
/// In the Version field this announces a Version Negotiation packet. [RFC 8999 §6]
inline constexpr std::uint32_t version_negotiation_version = 0;

constexpr bool is_supported(std::uint32_t version) noexcept {
  return version == version_1;
}

}  // namespace iroh::quic
