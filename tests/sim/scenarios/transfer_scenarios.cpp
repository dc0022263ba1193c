// SPDX-License-Identifier: MIT OR Apache-2.0
// Moving data on bad networks: nothing gets lost, doubled or swapped, and the line is used.
#include <algorithm>

#include "tests/sim/scenarios/scenario.hpp"

namespace iroh::sim {
namespace {

Task<> echo_much(Scenario& scenario, std::size_t size) {
  const Endpoint left = co_await scenario.bind(scenario.left_host);
  const Endpoint right = co_await scenario.bind(scenario.right_host);
  co_await spawn_echo(right);
  const Connection connection = co_await left.connect(right.addr(), scenario_alpn);
  EXPECT_TRUE(co_await echoes(connection, pattern(size))) << "seed " << scenario.world.seed();
  co_await left.close();
  co_await right.close();
}

Task<> read_all(Connection connection, std::size_t& received, base::Instant& finished, World& world) {
  const RecvStream recv = co_await connection.accept_uni();
  for (;;) {
    const std::vector<Bytes> chunks = co_await recv.read_chunks();
    if (chunks.empty()) break;
    for (const Bytes& chunk : chunks) received += chunk.size();
  }
  finished = world.now();
}

TEST(TransferScenario, ArrivesWholeUnderLossReorderingAndDuplication) {
  for (const std::uint64_t seed : seeds(20)) {
    Scenario scenario(seed, {.delay = base::milliseconds(10),
                             .jitter = base::milliseconds(5),
                             .loss = 0.02,
                             .duplicate = 0.02,
                             .reorder = 0.05});
    scenario.run(echo_much(scenario, 300'000), base::seconds(300));
    if (testing::Test::HasFailure()) break;
  }
}

TEST(TransferScenario, ArrivesWholeUnderHeavyLoss) {
  for (const std::uint64_t seed : seeds(5)) {
    Scenario scenario(seed, {.delay = base::milliseconds(10), .loss = 0.1});
    scenario.run(echo_much(scenario, 50'000), base::seconds(300));
    if (testing::Test::HasFailure()) break;
  }
}

/// Bytes per second that one stream gets through.
double goodput(Scenario& scenario, std::size_t size) {
  std::size_t received = 0;
  base::Instant finished{};
  scenario.run(
      [](Scenario& s, std::size_t amount, std::size_t& got, base::Instant& end) -> Task<> {
        const Endpoint left = co_await s.bind(s.left_host);
        const Endpoint right = co_await s.bind(s.right_host);
        bool is_read = false;
        asio::co_spawn(
            s.world.context(),
            [](Scenario& inner, Endpoint server, std::size_t& count, base::Instant& at) -> Task<> {
              Incoming incoming = co_await server.accept();
              const Connection connection = co_await incoming.accept();
              co_await read_all(connection, count, at, inner.world);
              co_await connection.closed();
            }(s, right, got, end),
            [&](const std::exception_ptr&) { is_read = true; });
        const Connection connection = co_await left.connect(right.addr(), scenario_alpn);
        const SendStream send = co_await connection.open_uni();
        co_await send.write_all(Bytes::from_string(std::string(amount, 'x')));
        send.finish();
        co_await send.stopped();
        connection.close(0);
        co_await left.close();
        co_await right.close();
      }(scenario, size, received, finished),
      base::seconds(600));
  EXPECT_EQ(received, size);
  return static_cast<double>(size) / std::chrono::duration<double>(finished.time_since_epoch()).count();
}

TEST(TransferScenario, FillsMostOfASlowLine) {
  Scenario scenario(1, {.delay = base::milliseconds(20), .rate_bits_per_second = 10'000'000, .queue_bytes = 100'000});
  EXPECT_GT(goodput(scenario, 5'000'000), 0.75 * 10'000'000 / 8);
}

TEST(TransferScenario, FillsMostOfALineThatLosesNowAndThen) {
  Scenario scenario(
      2, {.delay = base::milliseconds(10), .loss = 0.0005, .rate_bits_per_second = 20'000'000, .queue_bytes = 100'000});
  EXPECT_GT(goodput(scenario, 5'000'000), 0.5 * 20'000'000 / 8);
}

TEST(TransferScenario, FindsTheLargestDatagramsThatThePathCarries) {
  for (const std::size_t mtu : {1300u, 1400u, 1500u, 9000u}) {
    Scenario scenario(3, {.mtu = mtu});
    scenario.run([](Scenario& s, std::size_t path_mtu) -> Task<> {
      const Endpoint left = co_await s.bind(s.left_host);
      const Endpoint right = co_await s.bind(s.right_host);
      co_await spawn_echo(right);
      const Connection connection = co_await left.connect(right.addr(), scenario_alpn);
      EXPECT_TRUE(co_await echoes(connection, pattern(500'000)));
      const bool is_v4 = connection.paths().front().remote_addr.ip()->is_v4();
      const std::size_t payload = std::min<std::size_t>(path_mtu - (is_v4 ? 28 : 48), 1452);
      const std::size_t found = connection.paths().front().stats.current_mtu;
      EXPECT_LE(found, payload) << path_mtu;
      EXPECT_GE(found + 20, payload) << path_mtu;
      co_await left.close();
      co_await right.close();
    }(scenario, mtu));
  }
}

// [endpoint.md 35] A host that cannot send for a while loses no data by that.
TEST(TransferScenario, GoesOnAfterTheSocketWasBlocked) {
  Scenario scenario(4);
  scenario.run([](Scenario& s) -> Task<> {
    const Endpoint left = co_await s.bind(s.left_host);
    const Endpoint right = co_await s.bind(s.right_host);
    co_await spawn_echo(right);
    const Connection connection = co_await left.connect(right.addr(), scenario_alpn);
    s.left_host.set_sending_blocked(true);
    s.world.events().schedule(s.world.now() + base::seconds(2), [&s] { s.left_host.set_sending_blocked(false); });
    EXPECT_TRUE(co_await echoes(connection, pattern(200'000)));
    EXPECT_GT(s.elapsed(), base::seconds(2));
    co_await left.close();
    co_await right.close();
  }(scenario));
}

TEST(TransferScenario, DatagramsGetLostButNeverSwappedOrDoubled) {
  Scenario scenario(5, {.loss = 0.2, .duplicate = 0.2});
  scenario.run([](Scenario& s) -> Task<> {
    const Endpoint left = co_await s.bind(s.left_host);
    const Endpoint right = co_await s.bind(s.right_host);
    std::vector<std::string> received;
    asio::co_spawn(
        s.world.context(),
        [](Endpoint server, std::vector<std::string>& out) -> Task<> {
          Incoming incoming = co_await server.accept();
          const Connection connection = co_await incoming.accept();
          for (;;) {
            auto [error, datagram] = co_await connection.read_datagram(as_values);
            if (error) co_return;
            out.emplace_back(datagram.text());
          }
        }(right, received),
        ignore);
    const Connection connection = co_await left.connect(right.addr(), scenario_alpn);
    for (int i = 100; i < 200; ++i) {
      const auto sent = connection.send_datagram(std::to_string(i) + std::string(1'000, ' '));
      EXPECT_TRUE(sent.has_value());
    }
    const SendStream send = co_await connection.open_uni();
    co_await send.write_all("done");
    send.finish();
    co_await send.stopped();
    co_await left.close();
    co_await right.close();
    EXPECT_GT(received.size(), 20u);
    EXPECT_LT(received.size(), 100u);
    EXPECT_TRUE(std::ranges::is_sorted(received));
    EXPECT_EQ(std::ranges::adjacent_find(received), received.end());
  }(scenario));
}

}  // namespace
}  // namespace iroh::sim
