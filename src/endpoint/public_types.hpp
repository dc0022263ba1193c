// SPDX-License-Identifier: MIT OR Apache-2.0
// From the core's values to the public ones.
#pragma once

#include "iroh/endpoint/close_reason.hpp"
#include "iroh/endpoint/stats.hpp"
#include "quic/connection/events.hpp"
#include "quic/connection/stats.hpp"

namespace iroh::endpoint {

inline constexpr std::uint64_t close_code_max = (std::uint64_t{1} << 62) - 1;

CloseReason to_public(quic::CloseReason reason);
Path to_public(const quic::PathStats& path);
ConnectionStats to_public(const quic::ConnectionStats& stats);

}  // namespace iroh::endpoint
