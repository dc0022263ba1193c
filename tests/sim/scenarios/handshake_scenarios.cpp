// SPDX-License-Identifier: MIT OR Apache-2.0
// Meeting on bad networks: who can be reached, how long it takes, what goes wrong.
#include "tests/sim/scenarios/scenario.hpp"

namespace iroh::sim {
namespace {

Task<> connect_and_echo(Scenario& scenario) {
  const Endpoint left = co_await scenario.bind(scenario.left_host);
  const Endpoint right = co_await scenario.bind(scenario.right_host);
  co_await spawn_echo(right);
  const Connection connection = co_await left.connect(right.addr(), scenario_alpn);
  EXPECT_EQ(connection.remote_id(), right.id());
  EXPECT_TRUE(co_await echoes(connection, "hello"));
  co_await left.close();
  co_await right.close();
}

TEST(HandshakeScenario, OnAGoodLinkItTakesOneRoundTripAndTheEchoAnother) {
  Scenario scenario(1, {.delay = base::milliseconds(50)});
  scenario.run([](Scenario& s) -> Task<> {
    const Endpoint left = co_await s.bind(s.left_host);
    const Endpoint right = co_await s.bind(s.right_host);
    co_await spawn_echo(right);
    const Connection connection = co_await left.connect(right.addr(), scenario_alpn);
    EXPECT_EQ(s.elapsed(), base::milliseconds(100));
    EXPECT_TRUE(co_await echoes(connection, "hello"));
    EXPECT_EQ(s.elapsed(), base::milliseconds(200));
    co_await left.close();
    co_await right.close();
  }(scenario));
}

TEST(HandshakeScenario, SurvivesLossReorderingAndDuplication) {
  for (const std::uint64_t seed : seeds(60)) {
    Scenario scenario(seed, {.delay = base::milliseconds(20),
                             .jitter = base::milliseconds(10),
                             .loss = 0.15,
                             .duplicate = 0.1,
                             .reorder = 0.2,
                             .reorder_delay = base::milliseconds(30)});
    scenario.run(connect_and_echo(scenario));
    if (testing::Test::HasFailure()) break;
  }
}

TEST(HandshakeScenario, TheSameSeedIsTheSameRun) {
  const auto hash = [](std::uint64_t seed) {
    Scenario scenario(seed, {.loss = 0.1, .reorder = 0.1});
    scenario.run(connect_and_echo(scenario));
    return scenario.world.trace().hash();
  };
  EXPECT_EQ(hash(7), hash(7));
  EXPECT_NE(hash(7), hash(8));
}

// [endpoint.md 38], [endpoint.md 39]: copies of the first packets go everywhere, one connection comes of it.
TEST(HandshakeScenario, DeadAddressesDoNotMatterAndCopiesMakeNoSecondConnection) {
  Scenario scenario(3);
  scenario.run([](Scenario& s) -> Task<> {
    const Endpoint left = co_await s.bind(s.left_host);
    const Endpoint right = co_await s.bind(s.right_host);
    int accepted = 0;
    co_await spawn_echo(right, &accepted);
    EndpointAddr addr = right.addr();  // IPv4 and IPv6: two copies arrive
    EXPECT_EQ(addr.addrs().size(), 2u);
    for (const char* dead : {"192.0.2.77:1", "198.51.100.1:9", "[2001:db8::77]:1"}) {
      addr = addr.with_ip_addr(SocketAddr::parse(dead).value());
    }
    const Connection connection = co_await left.connect(addr, scenario_alpn);
    EXPECT_LT(s.elapsed(), base::seconds(1));
    EXPECT_TRUE(co_await echoes(connection, "hello"));
    EXPECT_EQ(accepted, 1);
    EXPECT_EQ(connection.paths().size(), 1u);
    co_await left.close();
    co_await right.close();
  }(scenario));
}

// [endpoint.md 28]
TEST(HandshakeScenario, AnUnreachableAddressTimesOutAfterThirtySeconds) {
  Scenario scenario(4);
  scenario.run([](Scenario& s) -> Task<> {
    const Endpoint left = co_await s.bind(s.left_host);
    const EndpointAddr nowhere =
        EndpointAddr(SecretKey::generate().public_key()).with_ip_addr(SocketAddr::parse("192.0.2.77:1").value());
    auto [error, connection] = co_await left.connect(nowhere, scenario_alpn, as_values);
    EXPECT_EQ(error, ConnectionError::timed_out);
    EXPECT_EQ(s.elapsed(), base::seconds(30));
    co_await left.close();
  }(scenario));
}

TEST(HandshakeScenario, TheSmallestMtuOfQuicIsEnough) {
  Scenario scenario(5, {.mtu = 1248});  // 1200 bytes of UDP payload over IPv6
  scenario.run(connect_and_echo(scenario));
}

TEST(HandshakeScenario, WorksOverIpv6Alone) {
  Scenario scenario(6);
  scenario.left_host.set_addresses({*IpAddr::parse("2001:db8::1")});
  scenario.right_host.set_addresses({*IpAddr::parse("2001:db8::2")});
  scenario.run(connect_and_echo(scenario));
}

TEST(HandshakeScenario, WorksOnHostsWithoutAnyOffload) {
  Scenario scenario(7);
  for (Host* host : {&scenario.left_host, &scenario.right_host}) {
    host->config().max_segments = 1;
    host->config().coalesces = false;
    host->config().has_ecn = false;
    host->config().reports_local_address = false;
  }
  scenario.run(connect_and_echo(scenario));
}

}  // namespace
}  // namespace iroh::sim
