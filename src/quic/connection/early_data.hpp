// SPDX-License-Identifier: MIT OR Apache-2.0
// Which transport parameters 0-RTT goes by, and what must not have changed when it is accepted. [quic.md §2.4],
// [RFC 9000 §7.4.1]
#pragma once

#include <vector>

#include "quic/transport_error.hpp"
#include "quic/wire/transport_parameters.hpp"

namespace iroh::quic {

/// What a client keeps of a server's parameters: the others stand at their defaults. [quic.md 8]
TransportParameters remembered_parameters(TransportParameters received);

/// The server has accepted 0-RTT: PROTOCOL_VIOLATION if its parameters are narrower than those that the client went by.
TransportResult<void> check_accepted(const TransportParameters& remembered, const TransportParameters& received);

/// A server's limits as bytes: its tickets are bound to them, so that it cannot accept 0-RTT under other ones.
std::vector<std::byte> resumption_context(const TransportParameters& local);

}  // namespace iroh::quic
