// SPDX-License-Identifier: MIT OR Apache-2.0
/// Options of endpoints and connections: aggregates with defaults, named at the call. [endpoint.md §3.1, §2.12]
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "iroh/base/socket_addr.hpp"
#include "iroh/identity/secret_key.hpp"

namespace iroh {

namespace net {
class Platform;
}

class EndpointHooks;
class Incoming;
enum class FilterOutcome : std::uint8_t;

/// An address to bind a UDP socket to. [endpoint.md §4.6]
struct BindAddr {
  SocketAddr addr;  ///< port 0: the system chooses
  /// Network bits of addr: destinations inside that network leave through this socket. At most 32 or 128.
  std::uint8_t prefix_len = 0;
  /// bind() fails if this address cannot be bound; otherwise the address is skipped.
  bool is_required = true;
  /// Destinations that no socket's network contains leave through this socket, and it takes the place of the
  /// pre-configured one of its family. Unless set: if prefix_len is 0.
  std::optional<bool> is_default_route;
};

enum class RelayMode : std::uint8_t {
  disabled,    ///< direct connections only
  production,  ///< not supported yet
  staging,     ///< not supported yet
};

enum class Congestion : std::uint8_t { cubic, new_reno, bbr };

/// How QUIC behaves; the defaults are iroh's.
struct TransportOptions {
  std::chrono::milliseconds max_idle_timeout{30'000};    ///< without a sign of the peer; 0: never
  std::chrono::milliseconds keep_alive_interval{5'000};  ///< 0: off
  std::uint64_t max_concurrent_bi_streams = 100;         ///< that the peer may have open
  std::uint64_t max_concurrent_uni_streams = 100;
  std::uint64_t stream_receive_window = 1'250'000;              ///< bytes not yet read, each stream; grows if it helps
  std::uint64_t receive_window = (std::uint64_t{1} << 62) - 1;  ///< the same, whole connection
  std::uint64_t send_window = std::uint64_t{64} << 20;          ///< bytes written and not yet acknowledged, at most
  std::uint64_t datagram_receive_buffer = 1'250'000;            ///< 0: datagrams are not accepted
  std::uint64_t datagram_send_buffer = std::uint64_t{1} << 20;
  std::chrono::milliseconds initial_rtt{333};
  std::uint16_t mtu_upper_bound = 1452;  ///< UDP payload that MTU discovery tries at most, at least 1200
  bool mtu_discovery = true;
  Congestion congestion = Congestion::cubic;
};

/// Options of Endpoint::bind().
struct EndpointOptions {
  std::optional<SecretKey> secret_key;  ///< unless set: a new one
  /// Protocols accepted, preferred first; see also Endpoint::set_alpns() and Router.
  std::vector<std::string> alpns;
  /// Beside, or instead of, the pre-configured 0.0.0.0:0 (required) and [::]:0 (optional).
  std::vector<BindAddr> bind_addrs;
  /// False: only bind_addrs are bound.
  bool default_bind_addrs = true;
  /// Relays come with a later version: other values fail with EndpointError::not_supported.
  RelayMode relay_mode = RelayMode::disabled;
  TransportOptions transport;
  /// Addresses under which this endpoint can be reached, known to the user (a forwarded port, say); part of addr().
  std::vector<SocketAddr> external_addrs;
  /// Appends the secrets of all connections to the file that the environment variable SSLKEYLOGFILE names, if it names
  /// one: whoever has the file can read the traffic. [endpoint.md §2.11]
  bool key_log = false;
  /// Session tickets kept, about 8 for each remote that was dialled: with one a handshake is cheaper, and early data
  /// can be sent. [endpoint.md §2.8]
  std::size_t max_tls_tickets = 256;
  /// Waits busily for up to 20 microseconds before it sleeps, if the latest waits were that short. Saves most of the
  /// latency of a quick dialogue between two busy machines; costs CPU time when others need it, so it is off.
  bool adaptive_spin = false;
  /// Asked for every client before anything is done for it; see FilterOutcome. A router may have a filter of its own,
  /// which is asked next.
  std::function<FilterOutcome(const Incoming&)> incoming_filter;
  /// Run in this order for every connection, see EndpointHooks.
  std::vector<std::shared_ptr<EndpointHooks>> hooks;
  /// Sockets, clock and randomness; unless set: the operating system's. For simulations, see tests/sim. The executor
  /// given to bind() must be the one that the platform's handlers run on, or a strand of it.
  std::shared_ptr<net::Platform> platform;
};

/// Options of Endpoint::connect().
struct ConnectOptions {
  /// Protocols to offer after the main one, in order of preference.
  std::vector<std::string> additional_alpns;
  /// Instead of the endpoint's.
  std::optional<TransportOptions> transport;
};

/// Options of Incoming::accept_with().
struct AcceptOptions {
  /// Instead of the endpoint's.
  std::optional<std::vector<std::string>> alpns;
  std::optional<TransportOptions> transport;
};

}  // namespace iroh
