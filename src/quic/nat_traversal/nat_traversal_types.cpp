// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/nat_traversal/nat_traversal_types.hpp"

#include <algorithm>
#include <array>

namespace iroh::quic {
namespace {

/// [quic.md §1.3] fd15:70a:510b::/48 are handles of the socket layer for what has no IP address (relays).
bool is_local_handle(const IpAddr& ip) noexcept {
  constexpr std::array<std::uint8_t, 6> prefix{0xfd, 0x15, 0x07, 0x0a, 0x51, 0x0b};
  if (!ip.is_v6()) return false;
  const IpAddr::V6 octets = ip.v6();
  return std::equal(prefix.begin(), prefix.end(), octets.begin());
}

}  // namespace

std::string_view to_string(NatTraversalError error) noexcept {
  switch (error) {
    case NatTraversalError::not_negotiated:
      return "NAT traversal was not negotiated";
    case NatTraversalError::too_many_candidates:
      return "the peer remembers no more candidates";
    case NatTraversalError::invalid_candidate:
      return "not an address that a peer could send to";
    case NatTraversalError::no_candidates:
      return "a round needs a candidate of our own";
    case NatTraversalError::not_client:
      return "only the client starts rounds";
    case NatTraversalError::closed:
      return "the connection is closing";
  }
  return "unknown";
}

SocketAddr as_candidate(const SocketAddr& address) noexcept {
  return {address.ip().canonical(), address.port()};
}

bool is_reachable_address(const SocketAddr& address) noexcept {
  const IpAddr& ip = address.ip();
  constexpr IpAddr broadcast(IpAddr::V4{255, 255, 255, 255});
  return address.port() != 0 && !ip.is_unspecified() && !ip.is_multicast() && ip != broadcast && !is_local_handle(ip);
}

bool is_same_remote(const SocketAddr& a, const SocketAddr& b) noexcept {
  return is_same_path({.remote = a, .local = {}}, {.remote = b, .local = {}});
}

}  // namespace iroh::quic
