// SPDX-License-Identifier: MIT OR Apache-2.0
// Idle connections, dead peers, and how connections end.
#include "tests/sim/scenarios/scenario.hpp"

namespace iroh::sim {
namespace {

using Kind = CloseReason::Kind;

struct Connected {
  Endpoint left;
  Endpoint right;
  Connection left_connection;
  Connection right_connection;
};

Task<Connection> accept_one(Endpoint endpoint) {
  Incoming incoming = co_await endpoint.accept();
  co_return co_await incoming.accept();
}

Task<Connected> connect(Scenario& scenario, EndpointOptions options = {}) {
  Connected result;
  result.left = co_await scenario.bind(scenario.left_host, options);
  result.right = co_await scenario.bind(scenario.right_host, options);
  asio::co_spawn(
      scenario.world.context(), accept_one(result.right),
      [&](const std::exception_ptr&, Connection connection) { result.right_connection = std::move(connection); });
  result.left_connection = co_await result.left.connect(result.right.addr(), scenario_alpn);
  // A stream there proves that the handshake is complete at the far side, too.
  const SendStream send = co_await result.left_connection.open_uni();
  co_await send.write_all("x");
  send.finish();
  co_await send.stopped();
  co_return result;
}

Task<> wait(Scenario& scenario, base::Duration duration) {
  const auto timer = scenario.world.platform(scenario.left_host)->make_timer();
  co_await asio::async_initiate<decltype(asio::deferred), void()>(
      [&](auto handler) {
        timer->arm(scenario.world.now() + duration, [handler = std::move(handler)]() mutable { std::move(handler)(); });
      },
      asio::deferred);
}

TEST(LifetimeScenario, AnIdleConnectionStaysOpen) {
  Scenario scenario(1);
  scenario.run(
      [](Scenario& s) -> Task<> {
        Connected pair = co_await connect(s);
        co_await wait(s, base::seconds(600));
        EXPECT_FALSE(pair.left_connection.close_reason().has_value());
        EXPECT_FALSE(pair.right_connection.close_reason().has_value());
        EXPECT_LT(pair.left_connection.stats().udp_tx.datagrams, 1'000u);
        co_await pair.left.close();
        co_await pair.right.close();
      }(scenario),
      base::seconds(700));
}

TEST(LifetimeScenario, WithoutKeepAliveItTimesOut) {
  Scenario scenario(2);
  scenario.run([](Scenario& s) -> Task<> {
    EndpointOptions options;
    options.transport.keep_alive_interval = std::chrono::milliseconds(0);
    options.transport.max_idle_timeout = std::chrono::seconds(10);
    Connected pair = co_await connect(s, std::move(options));
    const CloseReason reason = co_await pair.left_connection.closed();
    EXPECT_EQ(reason.kind, Kind::timed_out);
    EXPECT_GE(s.elapsed(), base::seconds(10));
    EXPECT_LT(s.elapsed(), base::seconds(11));
    co_await pair.left.close();
    co_await pair.right.close();
  }(scenario));
}

TEST(LifetimeScenario, ADeadPeerIsNoticedAfterTheIdleTimeOut) {
  Scenario scenario(3);
  scenario.run([](Scenario& s) -> Task<> {
    Connected pair = co_await connect(s);
    s.link.block();
    EXPECT_EQ((co_await pair.left_connection.closed()).kind, Kind::timed_out);
    EXPECT_GE(s.elapsed(), base::seconds(30));
    EXPECT_LT(s.elapsed(), base::seconds(40));
    co_await pair.left.close();
    co_await pair.right.close();
  }(scenario));
}

// [endpoint.md §3.13] Usually milliseconds, about 3 s with dead peers.
TEST(LifetimeScenario, ClosingWaitsForAnswersButNotForDrainingPeriods) {
  Scenario scenario(4, {.delay = base::milliseconds(100)});
  scenario.run([](Scenario& s) -> Task<> {
    Connected pair = co_await connect(s);
    const base::Instant before = s.world.now();
    co_await pair.left.close();
    EXPECT_EQ(s.world.now() - before, base::milliseconds(200));
    const base::Instant between = s.world.now();
    co_await pair.right.close();
    EXPECT_EQ(s.world.now(), between);  // the peer had closed first
  }(scenario));
}

TEST(LifetimeScenario, ClosingGivesUpOnADeadPeer) {
  Scenario scenario(5);
  scenario.run([](Scenario& s) -> Task<> {
    Connected pair = co_await connect(s);
    s.link.block();
    const base::Instant before = s.world.now();
    co_await pair.left.close();
    EXPECT_LT(s.world.now() - before, base::seconds(4));
    EXPECT_TRUE(pair.left.is_closed());
    co_await pair.right.close();
  }(scenario));
}

TEST(LifetimeScenario, ACloseGetsThroughALossyLink) {
  int told = 0;
  for (const std::uint64_t seed : seeds(20)) {
    Scenario scenario(seed, {.loss = 0.2});
    scenario.run([](Scenario& s, int& count) -> Task<> {
      Connected pair = co_await connect(s);
      pair.left_connection.close(7, "bye");
      const CloseReason reason = co_await pair.right_connection.closed();
      if (reason.is_application_close(7)) ++count;
      co_await pair.left.close();
      co_await pair.right.close();
    }(scenario, told));
  }
  // The close is not retransmitted unasked; a peer that hears nothing asks by its keep-alive.
  EXPECT_GE(told, 15 * static_cast<int>(seeds(20).size()) / 20);
}

TEST(LifetimeScenario, AConnectionSurvivesAnOutageShorterThanTheTimeOut) {
  Scenario scenario(6);
  scenario.run([](Scenario& s) -> Task<> {
    Connected pair = co_await connect(s);
    s.link.block();
    s.world.events().schedule(s.world.now() + base::seconds(12), [&s] { s.link.unblock(); });
    const SendStream send = co_await pair.left_connection.open_uni();
    co_await send.write_all("still there?");
    send.finish();
    EXPECT_EQ(co_await send.stopped(), std::nullopt);
    EXPECT_GE(s.elapsed(), base::seconds(12));
    co_await pair.left.close();
    co_await pair.right.close();
  }(scenario));
}

}  // namespace
}  // namespace iroh::sim
