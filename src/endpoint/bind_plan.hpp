// SPDX-License-Identifier: MIT OR Apache-2.0
// Which sockets an endpoint opens, given the user's bind addresses. [endpoint.md §4.6]
#pragma once

#include <cstdint>
#include <vector>

#include "iroh/base/result.hpp"
#include "iroh/base/socket_addr.hpp"
#include "iroh/endpoint/options.hpp"

namespace iroh::endpoint {

struct PlannedSocket {
  SocketAddr addr;
  std::uint8_t prefix_len = 0;
  bool is_required = true;
  bool is_default_route = true;
};

/// Fails with EndpointError::invalid_prefix_length or EndpointError::duplicate_default_addr.
Result<std::vector<PlannedSocket>> plan_sockets(const std::vector<BindAddr>& wanted, bool with_defaults);

}  // namespace iroh::endpoint
