// SPDX-License-Identifier: MIT OR Apache-2.0
// From the public options to the core's configuration.
#pragma once

#include "endpoint/socket_set.hpp"
#include "iroh/base/result.hpp"
#include "iroh/endpoint/options.hpp"
#include "quic/connection/config.hpp"

namespace iroh::endpoint {

/// Fails with EndpointError::invalid_options. The sockets limit how many datagrams leave in one call and whether MTU
/// discovery means anything. [endpoint.md §4.6], [quic.md §7.10]
Result<quic::TransportConfig> make_transport_config(const TransportOptions& options, const SocketList& sockets);

}  // namespace iroh::endpoint
