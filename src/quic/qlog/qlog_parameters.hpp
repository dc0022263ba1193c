// SPDX-License-Identifier: MIT OR Apache-2.0
// Transport parameters as qlog names them. [qlog-quic-events-12 §5.2], [observability.md §4]
#pragma once

#include "quic/qlog/json_writer.hpp"
#include "quic/wire/transport_parameters.hpp"

namespace iroh::quic {

/// All but the reset token: whoever reads it could end the connection.
void write_parameters(JsonWriter& out, const TransportParameters& parameters);
/// Those that a client remembers for 0-RTT. [quic.md §2.4]
void write_restored_parameters(JsonWriter& out, const TransportParameters& parameters);

}  // namespace iroh::quic
