// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/bind_plan.hpp"

#include <array>

#include "iroh/endpoint/errors.hpp"

namespace iroh::endpoint {

Result<std::vector<PlannedSocket>> plan_sockets(const std::vector<BindAddr>& wanted, bool with_defaults) {
  std::vector<PlannedSocket> plan;
  std::array<bool, 2> has_default_route{};  // by family, user-supplied
  for (const BindAddr& bind : wanted) {
    const bool is_v6 = bind.addr.is_v6();
    if (bind.prefix_len > (is_v6 ? 128 : 32))
      return std::unexpected(make_error_code(EndpointError::invalid_prefix_length));
    const bool is_default_route = bind.is_default_route.value_or(bind.prefix_len == 0);
    if (is_default_route && has_default_route[is_v6]) {
      return std::unexpected(make_error_code(EndpointError::duplicate_default_addr));
    }
    has_default_route[is_v6] = has_default_route[is_v6] || is_default_route;
    plan.push_back({bind.addr, bind.prefix_len, bind.is_required, is_default_route});
  }
  // [endpoint.md §4.6] The pre-configured sockets, unless the user's default route takes their place.
  if (with_defaults && !has_default_route[0]) plan.push_back({SocketAddr(IpAddr(), 0), 0, true, true});
  if (with_defaults && !has_default_route[1]) plan.push_back({SocketAddr(IpAddr::v6_any(), 0), 0, false, true});
  return plan;
}

}  // namespace iroh::endpoint
