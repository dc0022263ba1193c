// SPDX-License-Identifier: MIT OR Apache-2.0
// The datagram that tells a peer that its connection is unknown here. [RFC 9000 §10.3], [quic.md §6.3]
#pragma once

#include <cstddef>
#include <optional>

#include "base/random.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

/// Shorter datagrams are not answered: the answer must be shorter still, and look like a packet. [quic.md §6.3]
inline constexpr std::size_t stateless_reset_trigger_size_min = 22;

/// Writes the answer to a datagram of trigger_size bytes; its size, or nothing if that must not be answered.
std::optional<std::size_t> build_stateless_reset(MutableByteSpan out, std::size_t trigger_size, const ResetToken& token,
                                                 base::Random& random);

}  // namespace iroh::quic
