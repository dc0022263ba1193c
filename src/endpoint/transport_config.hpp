// SPDX-License-Identifier: MIT OR Apache-2.0
// From the public options to the core's configuration.
#pragma once

#include "iroh/base/result.hpp"
#include "iroh/endpoint/options.hpp"
#include "quic/connection/config.hpp"

namespace iroh::endpoint {

/// Fails with EndpointError::invalid_options.
Result<quic::TransportConfig> make_transport_config(const TransportOptions& options);

}  // namespace iroh::endpoint
