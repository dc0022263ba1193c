// SPDX-License-Identifier: MIT OR Apache-2.0
/// What an endpoint counts, since it was bound: a snapshot of plain numbers. Names, order and meaning are those of
/// iroh, so that dashboards made for it work. [observability.md §2.1, §2.2], [endpoint.md §3.15]
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "iroh/metrics/values.hpp"

namespace iroh {

/// The group "socket". All are counters; a few are never used and stay 0, as in iroh.
struct SocketMetrics {
  std::uint64_t update_direct_addrs = 0;  ///< unused
  std::uint64_t send_ipv4 = 0;            ///< bytes of UDP payload, as the next ones
  std::uint64_t send_ipv6 = 0;
  std::uint64_t send_relay = 0;
  std::uint64_t recv_data_relay = 0;
  std::uint64_t recv_data_custom = 0;
  std::uint64_t recv_data_ipv4 = 0;
  std::uint64_t recv_data_ipv6 = 0;
  std::uint64_t recv_datagrams = 0;
  std::uint64_t recv_gro_datagrams = 0;  ///< receive operations that returned several datagrams at once
  std::uint64_t relay_home_change = 0;
  std::uint64_t relay_conns_success = 0;
  std::uint64_t relay_conns_failed = 0;
  std::uint64_t relay_conns_closed = 0;
  std::uint64_t relay_conns_ratelimited = 0;
  std::uint64_t holepunch_attempts = 0;
  std::uint64_t paths_direct = 0;  ///< paths opened, over all connections
  std::uint64_t paths_relay = 0;
  std::uint64_t paths_custom = 0;
  std::uint64_t num_conns_direct = 0;  ///< connections that ever had a direct path
  std::uint64_t num_conns_opened = 0;  ///< handshakes completed
  std::uint64_t num_conns_closed = 0;  ///< of those, over
  /// Registrations of an open path, also to an address that was open already; removed counts only the last one going.
  std::uint64_t transport_ip_paths_added = 0;
  std::uint64_t transport_ip_paths_removed = 0;
  std::uint64_t transport_relay_paths_added = 0;
  std::uint64_t transport_relay_paths_removed = 0;
  std::uint64_t transport_custom_paths_added = 0;
  std::uint64_t transport_custom_paths_removed = 0;
  std::uint64_t actor_tick_main = 0;  ///< turns of the event loop
  std::uint64_t actor_tick_msg = 0;   ///< turns that calls of the application asked for
  std::uint64_t actor_tick_re_stun = 0;
  std::uint64_t actor_tick_portmap_changed = 0;
  std::uint64_t actor_tick_direct_addr_heartbeat = 0;  ///< unused
  std::uint64_t actor_link_change = 0;
  std::uint64_t actor_tick_other = 0;
};

/// The group "net_report".
struct NetReportMetrics {
  std::uint64_t reports = 0;
  std::uint64_t reports_full = 0;
  std::uint64_t portmap_attempts = 0;
  std::uint64_t portmap_external_address_updated = 0;
};

/// The group "address_lookup".
struct AddressLookupMetrics {
  std::uint64_t lookups = 0;
  std::uint64_t lookups_failed = 0;
  std::map<std::string, std::uint64_t> service_results;  ///< by service
  std::map<std::string, std::uint64_t> service_errors;
};

struct EndpointMetrics {
  SocketMetrics socket;
  NetReportMetrics net_report;
  AddressLookupMetrics address_lookup;

  /// The set "endpoint" with the groups in the order above, for metrics::Registry.
  metrics::GroupSet set() const;
};

}  // namespace iroh
