// SPDX-License-Identifier: MIT OR Apache-2.0
// What both roles of NAT traversal share: how it was negotiated, what can fail, what a probe is. [quic.md §5]
#pragma once

#include <cstdint>
#include <string_view>

#include "quic/path/path_token.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct NatTraversalConfig {
  std::uint8_t own_limit = 0;   ///< our transport parameter: candidates of the peer that we remember
  std::uint8_t peer_limit = 0;  ///< the peer's: candidates of ours that it remembers
  Duration initial_rtt = base::milliseconds(333);
  /// Whether probes can be sent to IPv6 addresses; IPv4 always works. [quic.md §5.2]
  bool supports_ipv6 = true;
};

/// What the application asked for and cannot have.
enum class NatTraversalError : std::uint8_t {
  not_negotiated,       ///< one of the two sides, or multipath, is missing
  too_many_candidates,  ///< the peer remembers no more than its limit
  invalid_candidate,    ///< nobody can send to it: no port, unspecified or multicast
  no_candidates,        ///< a round needs at least one candidate of our own
  not_client,           ///< only the client starts rounds
  closed,               ///< the connection is closing
};
std::string_view to_string(NatTraversalError error) noexcept;

/// One PATH_CHALLENGE alone in an unpadded packet on a path that exists already. [quic.md 73]
struct Probe {
  PathToken token;
  SocketAddr to;
};

/// The form that frames carry: canonical, without flow label and scope. [quic.md 78]
SocketAddr as_candidate(const SocketAddr& address) noexcept;
/// Not unspecified, no group, no broadcast, a port, and no handle of our own socket layer. Without this check a peer
/// could have our probes multiplied by the network, or delivered over a relay to somebody else.
bool is_reachable_address(const SocketAddr& address) noexcept;
/// [quic.md §0] The flow label does not tell addresses apart; the scope id only does for link-local and multicast.
bool is_same_remote(const SocketAddr& a, const SocketAddr& b) noexcept;

}  // namespace iroh::quic
