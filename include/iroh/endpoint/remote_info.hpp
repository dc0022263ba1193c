// SPDX-License-Identifier: MIT OR Apache-2.0
/// RemoteInfo: what an endpoint knows of where a remote is. A snapshot. [endpoint.md §3.3]
#pragma once

#include <vector>

#include "iroh/identity/endpoint_id.hpp"
#include "iroh/identity/transport_addr.hpp"

namespace iroh {

struct RemoteInfo {
  struct Address {
    TransportAddr addr;
    bool is_active = false;  ///< some connection has an open path to it
  };
  EndpointId id;
  std::vector<Address> addrs;  ///< in the order in which they became known
};

}  // namespace iroh
