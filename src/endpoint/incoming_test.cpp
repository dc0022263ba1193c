// SPDX-License-Identifier: MIT OR Apache-2.0
// What a server can decide about a client before, and while, it accepts it.
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

Task<> accept_with(Endpoint endpoint, AcceptOptions options) {
  Incoming incoming = co_await endpoint.accept();
  auto [error, connection] = co_await incoming.accept_with(std::move(options), as_values);
  if (!error) co_await connection.closed();
}

// [endpoint.md 57]
TEST(IncomingFilter, OfAnEndpointDecidesBeforeAnybodyHearsOfTheClient) {
  run_test([]() -> Task<> {
    auto outcome = std::make_shared<std::atomic<FilterOutcome>>(FilterOutcome::reject);
    auto asked = std::make_shared<std::atomic<int>>(0);
    EndpointOptions options = loopback();
    options.incoming_filter = [outcome, asked](const Incoming& incoming) {
      EXPECT_TRUE(incoming.remote_addr().is_ip());
      ++*asked;
      return outcome->load();
    };
    const Endpoint server = co_await Endpoint::bind(std::move(options));
    const Endpoint client = co_await Endpoint::bind(dialler());
    asio::co_spawn(co_await asio::this_coro::executor, accept_all(server), [](const std::exception_ptr&) {});
    EXPECT_EQ(co_await connect_error(client, server.addr(), std::string(test_alpn)),
              error_code(0x02, transport_category()));
    EXPECT_EQ(*asked, 1);
    *outcome = FilterOutcome::ignore;
    ConnectOptions impatient;
    impatient.transport.emplace();
    impatient.transport->max_idle_timeout = std::chrono::milliseconds(300);
    EXPECT_EQ(co_await connect_error(client, server.addr(), std::string(test_alpn), std::move(impatient)),
              ConnectionError::timed_out);
    *outcome = FilterOutcome::accept;
    EXPECT_EQ(co_await connect_error(client, server.addr(), std::string(test_alpn)), error_code());
    co_await client.close();
    co_await server.close();
  }());
}

TEST(IncomingFilter, OneThatThrowsRejects) {
  run_test([]() -> Task<> {
    EndpointOptions options = loopback();
    options.incoming_filter = [](const Incoming&) -> FilterOutcome { throw std::runtime_error("filter"); };
    const Endpoint server = co_await Endpoint::bind(std::move(options));
    const Endpoint client = co_await Endpoint::bind(dialler());
    EXPECT_EQ(co_await connect_error(client, server.addr(), std::string(test_alpn)),
              error_code(0x02, transport_category()));
    co_await client.close();
    co_await server.close();
  }());
}

// [endpoint.md 57]
TEST(IncomingFilter, ARetryMakesTheClientProveItsAddress) {
  run_test([]() -> Task<> {
    auto asked = std::make_shared<std::vector<bool>>();
    EndpointOptions options = loopback();
    options.incoming_filter = [asked](const Incoming& incoming) {
      asked->push_back(incoming.remote_addr_validated());
      return incoming.remote_addr_validated() ? FilterOutcome::accept : FilterOutcome::retry;
    };
    const Endpoint server = co_await Endpoint::bind(std::move(options));
    const Endpoint client = co_await Endpoint::bind(dialler());
    asio::co_spawn(co_await asio::this_coro::executor, accept_all(server), [](const std::exception_ptr&) {});
    EXPECT_EQ(co_await connect_error(client, server.addr(), std::string(test_alpn)), error_code());
    EXPECT_EQ(*asked, (std::vector<bool>{false, true}));
    co_await client.close();
    co_await server.close();
  }());
}

// [endpoint.md 57], [endpoint.md §6]
TEST(IncomingFilter, AClientThatIsSentAwayTwiceIsRefused) {
  run_test([]() -> Task<> {
    EndpointOptions options = loopback();
    options.incoming_filter = [](const Incoming&) { return FilterOutcome::retry; };
    const Endpoint server = co_await Endpoint::bind(std::move(options));
    const Endpoint client = co_await Endpoint::bind(dialler());
    EXPECT_EQ(co_await connect_error(client, server.addr(), std::string(test_alpn)),
              error_code(0x02, transport_category()));
    co_await client.close();
    co_await server.close();
  }());
}

// [endpoint.md §3.5]
TEST(Incoming, ARetryOfAValidatedClientFailsAndLeavesTheChoice) {
  run_test([]() -> Task<> {
    const Endpoint server = co_await Endpoint::bind(loopback());
    const Endpoint client = co_await Endpoint::bind(dialler());
    asio::co_spawn(
        co_await asio::this_coro::executor,
        [](Endpoint endpoint) -> Task<> {
          Incoming first = co_await endpoint.accept();
          EXPECT_FALSE(first.remote_addr_validated());
          EXPECT_TRUE(first.retry().has_value());
          EXPECT_FALSE(static_cast<bool>(first));
          Incoming second = co_await endpoint.accept();
          EXPECT_TRUE(second.remote_addr_validated());
          EXPECT_EQ(second.retry().error(), EndpointError::already_validated);
          const Connection connection = co_await second.accept();
          co_await connection.closed();
        }(server),
        [](const std::exception_ptr& failure) { EXPECT_EQ(failure, nullptr); });
    EXPECT_EQ(co_await connect_error(client, server.addr(), std::string(test_alpn)), error_code());
    co_await client.close();
    co_await server.close();
  }());
}

// [endpoint.md §3.5]
TEST(AcceptWith, TheOptionsOfOneConnectionTakeThePlaceOfTheEndpoints) {
  run_test([]() -> Task<> {
    const Endpoint server = co_await Endpoint::bind(loopback());
    const Endpoint client = co_await Endpoint::bind(dialler());
    AcceptOptions options;
    options.alpns.emplace().push_back("special");
    options.transport.emplace();
    options.transport->max_concurrent_uni_streams = 0;
    options.transport->datagram_receive_buffer = 0;
    asio::co_spawn(co_await asio::this_coro::executor, accept_with(server, options), [](const std::exception_ptr&) {});
    const Connection connection = co_await client.connect(server.addr(), "special");
    EXPECT_EQ(connection.alpn(), "special");
    EXPECT_EQ(connection.max_datagram_size(), std::nullopt);
    connection.close(0);
    options.transport->mtu_upper_bound = 1;  // an option out of range refuses the client
    asio::co_spawn(co_await asio::this_coro::executor, accept_with(server, options), [](const std::exception_ptr&) {});
    EXPECT_EQ(co_await connect_error(client, server.addr(), "special"), error_code(0x02, transport_category()));
    co_await client.close();
    co_await server.close();
  }());
}

}  // namespace
}  // namespace iroh::endpoint
