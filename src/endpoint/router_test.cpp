// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/endpoint/router.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <stdexcept>

#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

/// Says its name to every client.
class Named {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  Task<> accept(Connection connection) {
    const SendStream send = co_await connection.open_uni();
    co_await send.write_all(name_);
    send.finish();
    co_await connection.closed();
  }

 private:
  std::string name_;
};

Task<std::string> hear(Endpoint client, EndpointAddr addr, std::string alpn, std::string also = "") {
  ConnectOptions options;
  if (!also.empty()) options.additional_alpns.push_back(also);
  const Connection connection = co_await client.connect(std::move(addr), alpn, std::move(options));
  const RecvStream recv = co_await connection.accept_uni();
  co_return std::string((co_await recv.read_to_end(100)).text());
}

Task<error_code> failure(Endpoint client, EndpointAddr addr, std::string alpn, ConnectOptions options = {}) {
  auto [error, connection] = co_await client.connect(std::move(addr), alpn, std::move(options), as_values);
  co_return error;
}

// [endpoint.md 56], [endpoint.md 60], scenario B7.5
TEST(Router, ProtocolsArePreferredInTheOrderOfTheirRegistration) {
  run_test([]() -> Task<> {
    const Endpoint server = co_await Endpoint::bind(dialler());
    const Router router = Router(server).accept("proto/2", Named("two")).accept("proto/1", Named("one"));
    const Endpoint client = co_await Endpoint::bind(dialler());
    const EndpointAddr addr = router.endpoint().addr();
    EXPECT_EQ(co_await hear(client, addr, "proto/1"), "one");
    EXPECT_EQ(co_await hear(client, addr, "proto/2"), "two");
    EXPECT_EQ(co_await hear(client, addr, "proto/1", "proto/2"), "two");
    EXPECT_EQ(co_await hear(client, addr, "proto/2", "proto/1"), "two");
    EXPECT_EQ(co_await failure(client, addr, "proto/3"), error_code(120, tls_category()));
    co_await client.close();
    co_await router.shutdown();
  }());
}

TEST(Router, ALaterHandlerReplacesTheEarlierInItsPlace) {
  run_test([]() -> Task<> {
    const Endpoint server = co_await Endpoint::bind(dialler());
    const Router router =
        Router(server).accept("a", Named("first")).accept("b", Named("b")).accept("a", Named("second"));
    const Endpoint client = co_await Endpoint::bind(dialler());
    EXPECT_EQ(co_await hear(client, router.endpoint().addr(), "b", "a"), "second");
    co_await client.close();
    co_await router.shutdown();
  }());
}

TEST(Router, TakesPlainFunctionsAndSharedHandlers) {
  class Shared final : public ProtocolHandler {
   public:
    Task<> accept(Connection connection) override { return named_.accept(std::move(connection)); }

   private:
    Named named_{"shared"};
  };
  run_test([]() -> Task<> {
    std::vector<Connection> kept;
    const Endpoint server = co_await Endpoint::bind(dialler());
    const Router router = Router(server)
                              .accept("plain", [&](Connection connection) { kept.push_back(connection); })
                              .accept("shared", std::make_shared<Shared>());
    const Endpoint client = co_await Endpoint::bind(dialler());
    const Connection connection = co_await client.connect(router.endpoint().addr(), "plain");
    while (kept.empty()) co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
    EXPECT_EQ(kept.front().remote_id(), client.id());
    EXPECT_FALSE(connection.close_reason().has_value());
    EXPECT_EQ(co_await hear(client, router.endpoint().addr(), "shared"), "shared");
    co_await client.close();
    co_await router.shutdown();
  }());
}

// [endpoint.md 57], scenario B7.3
TEST(Router, TheFilterRejectsOrIgnores) {
  run_test([]() -> Task<> {
    auto outcome = std::make_shared<std::atomic<FilterOutcome>>(FilterOutcome::reject);
    const Endpoint server = co_await Endpoint::bind(dialler());
    const Router router = Router(server).accept("a", Named("a")).incoming_filter([outcome](const Incoming& incoming) {
      EXPECT_TRUE(incoming.remote_addr().is_ip());
      return outcome->load();
    });
    const Endpoint client = co_await Endpoint::bind(dialler());
    const EndpointAddr addr = router.endpoint().addr();
    EXPECT_EQ(co_await failure(client, addr, "a"), error_code(0x02, transport_category()));
    *outcome = FilterOutcome::ignore;
    ConnectOptions impatient;
    impatient.transport.emplace();
    impatient.transport->max_idle_timeout = std::chrono::milliseconds(500);
    EXPECT_EQ(co_await failure(client, addr, "a", std::move(impatient)), ConnectionError::timed_out);
    *outcome = FilterOutcome::accept;
    EXPECT_EQ(co_await hear(client, addr, "a"), "a");
    co_await client.close();
    co_await router.shutdown();
  }());
}

/// Closes its connection with a code of its own on shutdown.
class Polite final : public ProtocolHandler {
 public:
  Task<> accept(Connection connection) override {
    connection_ = connection;
    co_await connection.closed();
  }
  Task<> shutdown() override {
    connection_.close(42, "shutdown");
    co_return;
  }

 private:
  Connection connection_;
};

// [endpoint.md 58], [endpoint.md 59], scenarios B7.1 and B7.2
TEST(Router, ShutdownLetsHandlersCloseFirstAndThenClosesTheEndpoint) {
  run_test([]() -> Task<> {
    const Endpoint server = co_await Endpoint::bind(dialler());
    const Router router = Router(server).accept("a", std::make_shared<Polite>());
    const Endpoint client = co_await Endpoint::bind(dialler());
    const Connection connection = co_await client.connect(router.endpoint().addr(), "a");
    // The handler has the connection when a datagram of the peer's handshake confirmation is answered; ask until it
    // has.
    const SendStream send = co_await connection.open_uni();
    co_await send.write_all("x");
    send.finish();
    co_await send.stopped();
    EXPECT_FALSE(router.is_shutdown());
    co_await router.shutdown();
    EXPECT_TRUE(router.is_shutdown());
    EXPECT_TRUE(router.endpoint().is_closed());
    const CloseReason reason = co_await connection.closed();
    EXPECT_TRUE(reason.is_application_close(42)) << reason;
    EXPECT_EQ(reason.reason, "shutdown");
    co_await router.shutdown();  // a second call completes at once
    co_await client.close();
  }());
}

TEST(Router, ShutdownCancelsHandlersThatRun) {
  run_test([]() -> Task<> {
    auto is_ended = std::make_shared<bool>(false);
    const Endpoint server = co_await Endpoint::bind(dialler());
    const Router router = Router(server).accept("a", [is_ended](Connection connection) -> Task<> {
      const auto ended = is_ended;
      auto [error, stream] = co_await connection.accept_bi(as_values);
      *ended = error == asio::error::operation_aborted;
    });
    const Endpoint client = co_await Endpoint::bind(dialler());
    const Connection connection = co_await client.connect(router.endpoint().addr(), "a");
    const SendStream send = co_await connection.open_uni();
    co_await send.write_all("x");
    send.finish();
    co_await send.stopped();
    co_await router.shutdown();
    EXPECT_TRUE(*is_ended);
    co_await client.close();
  }());
}

// [endpoint.md 59]
TEST(Router, ClosingTheEndpointEndsTheRouter) {
  run_test([]() -> Task<> {
    const Endpoint server = co_await Endpoint::bind(dialler());
    const Router router = Router(server).accept("a", Named("a"));
    co_await router.endpoint().close();
    co_await router.shutdown();
    EXPECT_TRUE(router.is_shutdown());
  }());
}

// [endpoint.md 59]
TEST(Router, AFatalFailureClosesTheEndpointAndIsReported) {
  run_test([]() -> Task<> {
    const Endpoint server = co_await Endpoint::bind(dialler());
    const Router router = Router(server).accept("a", [](Connection) -> Task<> {
      throw FatalError("a bug");
      co_return;
    });
    const Endpoint client = co_await Endpoint::bind(dialler());
    const Connection connection = co_await client.connect(router.endpoint().addr(), "a");
    co_await router.endpoint().closed();
    auto [error] = co_await router.shutdown(as_values);
    EXPECT_EQ(error, EndpointError::handler_failed);
    co_await client.close();
  }());
}

TEST(Router, AnOrdinaryFailureConcernsOneConnection) {
  run_test([]() -> Task<> {
    const Endpoint server = co_await Endpoint::bind(dialler());
    const Router router = Router(server)
                              .accept("bad",
                                      [](Connection) -> Task<> {
                                        throw std::runtime_error("not allowed");
                                        co_return;
                                      })
                              .accept("good", Named("good"));
    const Endpoint client = co_await Endpoint::bind(dialler());
    const Connection connection = co_await client.connect(router.endpoint().addr(), "bad");
    EXPECT_TRUE((co_await connection.closed()).is_application_close(0));
    EXPECT_EQ(co_await hear(client, router.endpoint().addr(), "good"), "good");
    co_await client.close();
    co_await router.shutdown();
  }());
}

TEST(Router, DroppingItStopsAcceptingAndLeavesTheEndpointOpen) {
  run_test([]() -> Task<> {
    const Endpoint server = co_await Endpoint::bind(dialler());
    Router router = Router(server).accept("a", Named("a"));
    const Endpoint client = co_await Endpoint::bind(dialler());
    const Connection connection = co_await client.connect(server.addr(), "a");
    co_await connection.accept_uni();
    router = Router();
    EXPECT_TRUE((co_await connection.closed()).is_application_close(0));
    EXPECT_FALSE(server.is_closed());
    co_await client.close();
    co_await server.close();
  }());
}

}  // namespace
}  // namespace iroh::endpoint
