// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/endpoint/endpoint_metrics.hpp"

#include <string_view>

namespace iroh {
namespace {

template <class Counts>
struct Field {
  std::string_view name;
  std::string_view help;
  std::uint64_t Counts::* value;
};

using S = SocketMetrics;
using N = NetReportMetrics;
using A = AddressLookupMetrics;

/// [observability.md 5] All names, in iroh's order, the unused ones included.
constexpr Field<S> socket_fields[] = {
    {"update_direct_addrs", "Unused.", &S::update_direct_addrs},
    {"send_ipv4", "Bytes handed to IPv4 sockets.", &S::send_ipv4},
    {"send_ipv6", "Bytes handed to IPv6 sockets.", &S::send_ipv6},
    {"send_relay", "Bytes sent over relays.", &S::send_relay},
    {"recv_data_relay", "Bytes received over relays.", &S::recv_data_relay},
    {"recv_data_custom", "Bytes received over custom transports.", &S::recv_data_custom},
    {"recv_data_ipv4", "Bytes received from IPv4 sockets.", &S::recv_data_ipv4},
    {"recv_data_ipv6", "Bytes received from IPv6 sockets.", &S::recv_data_ipv6},
    {"recv_datagrams", "Datagrams received.", &S::recv_datagrams},
    {"recv_gro_datagrams", "Receive operations that returned several datagrams.", &S::recv_gro_datagrams},
    {"relay_home_change", "Changes of the home relay, the first choice included.", &S::relay_home_change},
    {"relay_conns_success", "Relay connections established.", &S::relay_conns_success},
    {"relay_conns_failed", "Attempts at a relay connection that failed.", &S::relay_conns_failed},
    {"relay_conns_closed", "Relay connections that ended.", &S::relay_conns_closed},
    {"relay_conns_ratelimited", "Relay connections whose rate was limited.", &S::relay_conns_ratelimited},
    {"holepunch_attempts", "Rounds of holepunching started.", &S::holepunch_attempts},
    {"paths_direct", "Direct paths opened.", &S::paths_direct},
    {"paths_relay", "Relay paths opened.", &S::paths_relay},
    {"paths_custom", "Paths over custom transports opened.", &S::paths_custom},
    {"num_conns_direct", "Connections that had a direct path.", &S::num_conns_direct},
    {"num_conns_opened", "Connections whose handshake was completed.", &S::num_conns_opened},
    {"num_conns_closed", "Connections that ended.", &S::num_conns_closed},
    {"transport_ip_paths_added", "Open paths registered for an IP address.", &S::transport_ip_paths_added},
    {"transport_ip_paths_removed", "IP addresses that have no open path any more.", &S::transport_ip_paths_removed},
    {"transport_relay_paths_added", "Open paths registered for a relay.", &S::transport_relay_paths_added},
    {"transport_relay_paths_removed", "Relays that have no open path any more.", &S::transport_relay_paths_removed},
    {"transport_custom_paths_added", "Open paths registered for a custom address.", &S::transport_custom_paths_added},
    {"transport_custom_paths_removed", "Custom addresses that have no open path any more.",
     &S::transport_custom_paths_removed},
    {"actor_tick_main", "Turns of the event loop.", &S::actor_tick_main},
    {"actor_tick_msg", "Turns that the application asked for.", &S::actor_tick_msg},
    {"actor_tick_re_stun", "Periodic checks of the network.", &S::actor_tick_re_stun},
    {"actor_tick_portmap_changed", "Changes of the port mapping.", &S::actor_tick_portmap_changed},
    {"actor_tick_direct_addr_heartbeat", "Unused.", &S::actor_tick_direct_addr_heartbeat},
    {"actor_link_change", "Changes of the network interfaces.", &S::actor_link_change},
    {"actor_tick_other", "Sources of events that ended.", &S::actor_tick_other},
};

constexpr Field<N> net_report_fields[] = {
    {"reports", "Reports made.", &N::reports},
    {"reports_full", "Of those, full ones.", &N::reports_full},
    {"portmap_attempts", "Runs of the port mapper.", &N::portmap_attempts},
    {"portmap_external_address_updated", "External addresses that the port mapper got.",
     &N::portmap_external_address_updated},
};

constexpr Field<A> address_lookup_fields[] = {
    {"lookups", "Lookups of addresses.", &A::lookups},
    {"lookups_failed", "Of those, without any result.", &A::lookups_failed},
};

template <class Counts, std::size_t size>
metrics::Group make_group(std::string name, const Field<Counts> (&fields)[size], const Counts& counts) {
  metrics::Group group{.name = std::move(name), .metrics = {}};
  for (const auto& field : fields) group.add(std::string(field.name), std::string(field.help), counts.*field.value);
  return group;
}

std::vector<std::pair<metrics::Labels, std::uint64_t>> by_service(const std::map<std::string, std::uint64_t>& counts) {
  std::vector<std::pair<metrics::Labels, std::uint64_t>> result;
  for (const auto& [service, count] : counts) {
    metrics::Labels labels;
    labels.push_back({.key = "service", .value = service});
    result.emplace_back(std::move(labels), count);
  }
  return result;
}

}  // namespace

metrics::GroupSet EndpointMetrics::set() const {
  // [observability.md 24]
  metrics::GroupSet result{.name = "endpoint", .groups = {}};
  result.groups.push_back(make_group("socket", socket_fields, socket));
  result.groups.push_back(make_group("net_report", net_report_fields, net_report));
  result.groups.push_back(make_group("address_lookup", address_lookup_fields, address_lookup));
  result.groups.back()
      .add_family("service_results", "Results of each lookup service.", by_service(address_lookup.service_results))
      .add_family("service_errors", "Errors of each lookup service.", by_service(address_lookup.service_errors));
  return result;
}

}  // namespace iroh
