// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/connection_pool.hpp"

#include "blobs/provider/network_test_support.hpp"

namespace iroh::blobs {
namespace {

constexpr std::string_view alpn = "pool/1";

struct Servers {
  std::vector<Endpoint> endpoints;
  std::vector<Router> routers;
  std::shared_ptr<std::vector<Connection>> accepted = std::make_shared<std::vector<Connection>>();
  Endpoint client;
};

Task<Servers> servers(int count) {
  Servers all;
  for (int i = 0; i < count; ++i) {
    all.endpoints.push_back(co_await Endpoint::bind(dialler()));
    const auto hold = [accepted = all.accepted](Connection connection) -> Task<> {
      accepted->push_back(connection);
      co_await connection.closed();
    };
    all.routers.push_back(Router(all.endpoints.back()).accept(alpn, hold));
  }
  all.client = co_await Endpoint::bind(dialler());
  co_return all;
}

Task<> close(Servers& all) {
  all.accepted->clear();
  co_await all.client.close();
  for (const Router& router : all.routers) co_await router.shutdown();
}

Task<> get_into(ConnectionPool pool, EndpointAddr addr, std::vector<PooledConnection>* got) {
  got->push_back(co_await pool.get(std::move(addr)));
}

// [blobs.md 82]
TEST(ConnectionPool, SharesOneConnectionAndOneAttempt) {
  run_test([]() -> Task<> {
    Servers all = co_await servers(1);
    std::vector<PooledConnection> got;
    {
      const ConnectionPool pool(all.client, std::string(alpn));
      const auto executor = co_await asio::this_coro::executor;
      for (int i = 0; i < 5; ++i) {
        asio::co_spawn(executor, get_into(pool, all.endpoints[0].addr(), &got), asio::detached);
      }
      const bool is_over = co_await eventually([&got] { return got.size() == 5; });
      EXPECT_TRUE(is_over);
      for (const PooledConnection& each : got) EXPECT_EQ(*each, *got.front());
      EXPECT_EQ(pool.size(), 1U);
      EXPECT_EQ(all.accepted->size(), 1U);
    }
    // [blobs.md 94] The pool goes while a connection is used.
    const CloseReason reason = co_await all.accepted->front().closed();
    EXPECT_EQ(reason.reason, "drop");
    co_await close(all);
  }());
}

// [blobs.md 82], [blobs.md 94]
TEST(ConnectionPool, ClosesWhatNobodyUses) {
  run_test([]() -> Task<> {
    Servers all = co_await servers(1);
    PoolOptions options;
    options.idle_timeout = std::chrono::milliseconds(100);
    const ConnectionPool pool(all.client, std::string(alpn), options);
    PooledConnection used = co_await pool.get(all.endpoints[0].addr());
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(std::chrono::milliseconds(250));
    co_await timer.async_wait(asio::deferred);
    EXPECT_EQ(pool.size(), 1U);
    used = PooledConnection();
    const CloseReason reason = co_await all.accepted->front().closed();
    EXPECT_EQ(reason.reason, "unused");
    EXPECT_EQ(pool.size(), 0U);
    co_await close(all);
  }());
}

// [blobs.md 82], [blobs.md 94]
TEST(ConnectionPool, MakesRoomByClosingWhatIsUnusedLongest) {
  run_test([]() -> Task<> {
    Servers all = co_await servers(3);
    PoolOptions options;
    options.max_connections = 2;
    const ConnectionPool pool(all.client, std::string(alpn), options);
    PooledConnection first = co_await pool.get(all.endpoints[0].addr());
    const PooledConnection second = co_await pool.get(all.endpoints[1].addr());
    auto [error, none] = co_await pool.get(all.endpoints[2].addr(), as_values);
    EXPECT_EQ(error, BlobError::too_many_connections);
    first = PooledConnection();
    const PooledConnection third = co_await pool.get(all.endpoints[2].addr());
    EXPECT_TRUE(third);
    EXPECT_FALSE(second->close_reason());
    const CloseReason reason = co_await all.accepted->front().closed();
    EXPECT_EQ(reason.reason, "unused");
    PoolOptions closed;
    closed.max_connections = 0;
    const ConnectionPool nobody(all.client, std::string(alpn), closed);
    auto [refused, nothing] = co_await nobody.get(all.endpoints[0].addr(), as_values);
    EXPECT_EQ(refused, BlobError::too_many_connections);
    co_await close(all);
  }());
}

// [blobs.md 94]
TEST(ConnectionPool, NeverGivesOutAClosedConnection) {
  run_test([]() -> Task<> {
    Servers all = co_await servers(1);
    const ConnectionPool pool(all.client, std::string(alpn));
    const PooledConnection first = co_await pool.get(all.endpoints[0].addr());
    first->close(0);
    const PooledConnection second = co_await pool.get(all.endpoints[0].addr());
    EXPECT_FALSE(second->close_reason());
    EXPECT_FALSE(*first == *second);
    co_await close(all);
  }());
}

// [blobs.md 82], [blobs.md 94]
TEST(ConnectionPool, TheHookMayRejectAndMayNotTakeForEver) {
  run_test([]() -> Task<> {
    Servers all = co_await servers(1);
    PoolOptions options;
    options.connect_timeout = std::chrono::milliseconds(200);
    options.on_connected = [](Connection) -> Task<> {
      throw std::runtime_error("not you");
      co_return;
    };
    const ConnectionPool rejecting(all.client, std::string(alpn), options);
    auto [rejected, nothing] = co_await rejecting.get(all.endpoints[0].addr(), as_values);
    EXPECT_EQ(rejected, BlobError::rejected);
    while (all.accepted->empty()) co_await asio::post(asio::deferred);
    const CloseReason reason = co_await all.accepted->front().closed();
    EXPECT_EQ(reason.reason, "on_connected failed");
    options.on_connected = [](Connection) -> Task<> {
      asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
      co_await timer.async_wait(asio::deferred);
    };
    const ConnectionPool waiting(all.client, std::string(alpn), options);
    auto [late, none] = co_await waiting.get(all.endpoints[0].addr(), as_values);
    EXPECT_EQ(late, BlobError::connect_timed_out);
    co_await close(all);
  }());
}

// [blobs.md 82], [blobs.md 94]
TEST(ConnectionPool, LimitsAttemptsAndForgetsFailures) {
  run_test([]() -> Task<> {
    Servers all = co_await servers(1);
    PoolOptions options;
    options.max_attempts = 0;
    const ConnectionPool none(all.client, std::string(alpn), options);
    auto [refused, nothing] = co_await none.get(all.endpoints[0].addr(), as_values);
    EXPECT_EQ(refused, BlobError::too_many_attempts);
    const ConnectionPool pool(all.client, std::string(alpn));
    const EndpointAddr unknown(SecretKey::generate().public_key());
    for (int i = 0; i < 2; ++i) {
      auto [error, failed] = co_await pool.get(unknown, as_values);
      EXPECT_EQ(error, EndpointError::no_address);
    }
    EXPECT_EQ(pool.size(), 0U);
    co_await close(all);
  }());
}

}  // namespace
}  // namespace iroh::blobs
