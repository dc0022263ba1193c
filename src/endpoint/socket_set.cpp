// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/socket_set.hpp"

#include <algorithm>
#include <tuple>

#include "base/log.hpp"
#include "iroh/endpoint/errors.hpp"

namespace iroh::endpoint {

Result<SocketList> bind_sockets(net::Platform& platform, const std::vector<PlannedSocket>& plan) {
  SocketList sockets;
  for (const PlannedSocket& planned : plan) {
    auto socket = platform.bind_udp(planned.addr);
    if (!socket) {
      // [endpoint.md §4.6] A fixed port binds exactly or fails; only required ones matter.
      if (planned.is_required) return std::unexpected(socket.error());
      base::log(base::LogLevel::info, "endpoint", "skipping {}: {}", planned.addr.to_string(),
                socket.error().message());
      continue;
    }
    const SocketAddr addr = (*socket)->local_addr();
    sockets.push_back({*std::move(socket), addr, planned.prefix_len, planned.is_default_route});
  }
  if (sockets.empty()) return std::unexpected(make_error_code(EndpointError::no_valid_address));
  std::ranges::stable_sort(sockets, {}, [](const BoundSocket& bound) {
    return std::tuple(bound.addr.is_v6(), -static_cast<int>(bound.prefix_len));
  });
  return sockets;
}

bool is_in_network(const IpAddr& ip, const IpAddr& network, unsigned prefix_len) {
  if (ip.is_v4() != network.is_v4()) return false;
  const auto a = ip.v6();  // IPv4 as mapped addresses: their octets are the last four
  const auto b = network.v6();
  std::size_t octet = ip.is_v4() ? 12 : 0;
  for (; prefix_len >= 8; prefix_len -= 8, ++octet) {
    if (a[octet] != b[octet]) return false;
  }
  return prefix_len == 0 || ((a[octet] ^ b[octet]) >> (8 - prefix_len)) == 0;
}

namespace {

bool fits_source(const BoundSocket& bound, const IpAddr& source) {
  return bound.addr.ip().is_unspecified() || bound.addr.ip() == source;
}

bool fits_destination(const BoundSocket& bound, const SocketAddr& remote) {
  // The network of a socket without a prefix is everything: that is what the default route is for.
  if (bound.prefix_len > 0 && is_in_network(remote.ip(), bound.addr.ip(), bound.prefix_len)) return true;
  return remote.ip().is_v6() && remote.ip().is_link_local() && remote.scope_id() != 0 &&
         remote.scope_id() == bound.addr.scope_id();
}

}  // namespace

std::optional<std::size_t> select_socket(const SocketList& sockets, const SocketAddr& remote,
                                         const std::optional<IpAddr>& source) {
  const auto find = [&](auto fits) -> std::optional<std::size_t> {
    const auto found = std::ranges::find_if(
        sockets, [&](const BoundSocket& bound) { return bound.addr.is_v4() == remote.is_v4() && fits(bound); });
    if (found == sockets.end()) return std::nullopt;
    return static_cast<std::size_t>(found - sockets.begin());
  };
  // [endpoint.md 36] Replies leave from the address that the peer sent to.
  const auto exact = source ? find([&](const BoundSocket& bound) { return fits_source(bound, *source); })
                            : find([&](const BoundSocket& bound) { return fits_destination(bound, remote); });
  return exact ? exact : find([](const BoundSocket& bound) { return bound.is_default_route; });
}

}  // namespace iroh::endpoint
