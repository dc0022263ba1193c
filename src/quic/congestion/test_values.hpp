// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests: the datagram size that congestion controllers and pacers are tried with.
#pragma once

#include <cstdint>

namespace iroh::quic {

inline constexpr std::uint16_t mtu = 1200;

}  // namespace iroh::quic
