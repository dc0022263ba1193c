// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include "endpoint/test_support.hpp"
#include "iroh/metrics/registry.hpp"

namespace iroh::endpoint {
namespace {

std::vector<std::string> names_of(const metrics::Group& group) {
  std::vector<std::string> names;
  for (const metrics::Metric& metric : group.metrics) names.push_back(metric.name);
  return names;
}

// [observability.md 5], [observability.md 24]
TEST(EndpointMetrics, HasTheGroupsAndNamesOfIrohInItsOrder) {
  const metrics::GroupSet set = EndpointMetrics().set();
  EXPECT_EQ(set.name, "endpoint");
  ASSERT_EQ(set.groups.size(), 3u);
  EXPECT_EQ(set.groups[0].name, "socket");
  const std::vector<std::string> socket{"update_direct_addrs",
                                        "send_ipv4",
                                        "send_ipv6",
                                        "send_relay",
                                        "recv_data_relay",
                                        "recv_data_custom",
                                        "recv_data_ipv4",
                                        "recv_data_ipv6",
                                        "recv_datagrams",
                                        "recv_gro_datagrams",
                                        "relay_home_change",
                                        "relay_conns_success",
                                        "relay_conns_failed",
                                        "relay_conns_closed",
                                        "relay_conns_ratelimited",
                                        "holepunch_attempts",
                                        "paths_direct",
                                        "paths_relay",
                                        "paths_custom",
                                        "num_conns_direct",
                                        "num_conns_opened",
                                        "num_conns_closed",
                                        "transport_ip_paths_added",
                                        "transport_ip_paths_removed",
                                        "transport_relay_paths_added",
                                        "transport_relay_paths_removed",
                                        "transport_custom_paths_added",
                                        "transport_custom_paths_removed",
                                        "actor_tick_main",
                                        "actor_tick_msg",
                                        "actor_tick_re_stun",
                                        "actor_tick_portmap_changed",
                                        "actor_tick_direct_addr_heartbeat",
                                        "actor_link_change",
                                        "actor_tick_other"};
  EXPECT_EQ(names_of(set.groups[0]), socket);
  for (const metrics::Metric& metric : set.groups[0].metrics) EXPECT_EQ(metric.type, metrics::Type::counter);
  EXPECT_EQ(set.groups[1].name, "net_report");
  EXPECT_EQ(names_of(set.groups[1]), (std::vector<std::string>{"reports", "reports_full", "portmap_attempts",
                                                               "portmap_external_address_updated"}));
  EXPECT_EQ(set.groups[2].name, "address_lookup");
  EXPECT_EQ(names_of(set.groups[2]),
            (std::vector<std::string>{"lookups", "lookups_failed", "service_results", "service_errors"}));
}

// [observability.md 24], [observability.md §2.2]
TEST(EndpointMetrics, TheFamiliesOfTheLookupServicesAppearOnceUsed) {
  EndpointMetrics counts;
  EXPECT_EQ(metrics::to_openmetrics(counts.set().groups[2]).find("service"), std::string::npos);
  counts.address_lookup.service_results["dns"] = 3;
  EXPECT_NE(metrics::to_openmetrics(counts.set().groups[2])
                .find("\naddress_lookup_service_results_total{service=\"dns\"} 3\n"),
            std::string::npos);
}

// Scenario B7 of observability.md
TEST(EndpointMetrics, ValuesGrowWithAConnection) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const Endpoint& left = pair.left;
    metrics::Registry registry;
    registry.add_set_prefixed([left] { return left.metrics().set(); });
    EndpointMetrics counts = left.metrics();
    EXPECT_EQ(counts.socket.num_conns_opened, 1u);
    EXPECT_EQ(counts.socket.num_conns_direct, 1u);
    EXPECT_EQ(counts.socket.num_conns_closed, 0u);
    EXPECT_EQ(counts.socket.paths_direct, 1u);
    EXPECT_EQ(counts.socket.transport_ip_paths_added, 1u);
    EXPECT_EQ(counts.socket.transport_ip_paths_removed, 0u);
    EXPECT_GE(counts.socket.send_ipv4, 1200u);
    EXPECT_EQ(counts.socket.send_ipv6, 0u);
    EXPECT_GT(counts.socket.actor_tick_main, 0u);
    EXPECT_NE(registry.to_openmetrics().find("\nendpoint_socket_num_conns_opened_total 1\n"), std::string::npos);
    co_await close(pair);
    counts = left.metrics();  // also after the end
    EXPECT_EQ(counts.socket.num_conns_closed, 1u);
    EXPECT_EQ(counts.socket.transport_ip_paths_removed, 1u);
    EXPECT_GT(counts.socket.recv_data_ipv4, 0u);
  }());
}

// [observability.md 6] What one side hands to its socket arrives at the other, byte for byte.
TEST(EndpointMetrics, CountsTheBytesOfTheSockets) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const std::string text(100'000, 'x');
    SendStream send = co_await pair.left_connection.open_uni();
    co_await send.write_all(text);
    send.finish();
    RecvStream recv = co_await pair.right_connection.accept_uni();
    EXPECT_EQ((co_await recv.read_to_end(text.size())).size(), text.size());
    pair.left_connection.close(0);
    co_await pair.right_connection.closed();
    co_await close(pair);
    const SocketMetrics left = pair.left.metrics().socket;
    const SocketMetrics right = pair.right.metrics().socket;
    EXPECT_EQ(left.send_ipv4, right.recv_data_ipv4);
    EXPECT_EQ(left.recv_data_ipv4, right.send_ipv4);
    EXPECT_GT(right.recv_data_ipv4, text.size());
    EXPECT_GT(right.recv_datagrams, text.size() / 1452);
    EXPECT_LE(right.recv_gro_datagrams, right.recv_datagrams);
  }());
}

TEST(RemoteInfo, TellsWhichAddressesHaveAnOpenPath) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const auto info = pair.left.remote_info(pair.right.id());
    EXPECT_TRUE(info && info->addrs.size() == 1 && info->addrs.front().is_active);
    EXPECT_EQ(*info->addrs.front().addr.ip(), pair.right.bound_sockets().front());
    EXPECT_FALSE(pair.left.remote_info(pair.left.id()).has_value());
    pair.left_connection.close(0);
    EXPECT_FALSE(pair.left.remote_info(pair.right.id())->addrs.front().is_active);
    co_await close(pair);
  }());
}

}  // namespace
}  // namespace iroh::endpoint
