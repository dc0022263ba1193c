// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <stdexcept>

#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

using Log = std::shared_ptr<std::vector<std::string>>;

/// Writes down what it is asked, and answers what it was told to.
class Hook final : public EndpointHooks {
 public:
  Hook(std::string name, Log log) : name_(std::move(name)), log_(std::move(log)) {}
  ConnectVerdict connect = ConnectVerdict::accept;
  HandshakeVerdict handshake;
  bool throws = false;

  Task<ConnectVerdict> before_connect(EndpointAddr, std::string alpn) override {
    log_->push_back(name_ + " before " + alpn);
    if (throws) throw std::runtime_error("hook");
    co_return connect;
  }
  Task<HandshakeVerdict> after_handshake(ConnectionInfo info) override {
    log_->push_back(name_ + " after " + info.alpn + (info.side == Side::client ? " client" : " server"));
    last_info = info;
    EXPECT_TRUE(static_cast<bool>(info.connection.upgrade()));
    if (throws) throw std::runtime_error("hook");
    co_return handshake;
  }

  std::optional<ConnectionInfo> last_info;

 private:
  std::string name_;
  Log log_;
};

struct Hooks {
  Log log = std::make_shared<std::vector<std::string>>();
  std::shared_ptr<Hook> first = std::make_shared<Hook>("first", log);
  std::shared_ptr<Hook> second = std::make_shared<Hook>("second", log);

  EndpointOptions with(EndpointOptions options) const {
    options.hooks.push_back(first);
    options.hooks.push_back(second);
    return options;
  }
};

// [endpoint.md 33]
TEST(Hooks, RunInOrderOnBothSides) {
  run_test([]() -> Task<> {
    const Hooks client;
    const Hooks server;
    Pair pair = co_await connected_pair(client.with(dialler()), server.with(loopback()));
    EXPECT_EQ(*client.log, (std::vector<std::string>{"first before test/1", "second before test/1",
                                                     "first after test/1 client", "second after test/1 client"}));
    EXPECT_EQ(*server.log, (std::vector<std::string>{"first after test/1 server", "second after test/1 server"}));
    EXPECT_EQ(client.first->last_info->remote_id, pair.right.id());
    EXPECT_EQ(server.first->last_info->remote_id, pair.left.id());
    EXPECT_EQ(client.first->last_info->paths.size(), 1u);
    EXPECT_TRUE(client.first->last_info->connection.upgrade() == pair.left_connection);
    co_await close(pair);
  }());
}

// [endpoint.md 33], [endpoint.md 27]
TEST(Hooks, TheFirstRejectionBeforeTheDialEndsIt) {
  run_test([]() -> Task<> {
    const Hooks hooks;
    hooks.first->connect = ConnectVerdict::reject;
    const Endpoint client = co_await Endpoint::bind(hooks.with(dialler()));
    // [endpoint.md 27] The hooks come before the checks: one's own id, an empty protocol, no address.
    EXPECT_EQ(co_await connect_error(client, client.addr(), ""), EndpointError::locally_rejected);
    EXPECT_EQ(hooks.log->size(), 1u);
    hooks.first->connect = ConnectVerdict::accept;
    EXPECT_EQ(co_await connect_error(client, client.addr(), ""), EndpointError::self_connect);
    const EndpointAddr nowhere{SecretKey::generate().public_key()};
    EXPECT_EQ(co_await connect_error(client, nowhere, ""), EndpointError::invalid_alpn);
    EXPECT_EQ(co_await connect_error(client, nowhere, "a"), EndpointError::no_address);
    EXPECT_EQ(hooks.log->size(), 7u);
    EXPECT_EQ(client.metrics().socket.send_ipv4, 0u);  // nothing was ever sent
    co_await client.close();
    // Closed comes first of all.
    EXPECT_EQ(co_await connect_error(client, nowhere, "a"), EndpointError::closed);
    EXPECT_EQ(hooks.log->size(), 7u);
  }());
}

// [endpoint.md 33]
TEST(Hooks, ARejectionAfterTheHandshakeClosesWithItsCodeAndReason) {
  run_test([]() -> Task<> {
    const Hooks hooks;
    hooks.second->handshake = HandshakeVerdict::reject(77, "not you");
    const Endpoint client = co_await Endpoint::bind(dialler());
    const Endpoint server = co_await Endpoint::bind(hooks.with(loopback()));
    error_code accepted;
    asio::co_spawn(
        co_await asio::this_coro::executor,
        [](Endpoint endpoint) -> Task<error_code> {
          Incoming incoming = co_await endpoint.accept();
          auto [error, connection] = co_await incoming.accept(as_values);
          co_return error;
        }(server),
        [&](const std::exception_ptr&, error_code error) { accepted = error; });
    const Connection connection = co_await client.connect(server.addr(), test_alpn);
    const CloseReason reason = co_await connection.closed();
    EXPECT_TRUE(reason.is_application_close(77));
    EXPECT_EQ(reason.reason, "not you");
    EXPECT_EQ(accepted, EndpointError::locally_rejected);
    co_await client.close();
    co_await server.close();
  }());
}

TEST(Hooks, OneThatThrowsRejects) {
  run_test([]() -> Task<> {
    const Hooks hooks;
    const Endpoint client = co_await Endpoint::bind(hooks.with(dialler()));
    const Endpoint server = co_await Endpoint::bind(loopback());
    asio::co_spawn(co_await asio::this_coro::executor, accept_all(server), [](const std::exception_ptr&) {});
    hooks.first->throws = true;
    EXPECT_EQ(co_await connect_error(client, server.addr(), std::string(test_alpn)), EndpointError::locally_rejected);
    co_await client.close();
    co_await server.close();
  }());
}

/// Waits for ever.
class Stuck final : public EndpointHooks {
 public:
  explicit Stuck(const asio::any_io_executor& executor) : timer_(executor, asio::steady_timer::time_point::max()) {}
  Task<ConnectVerdict> before_connect(EndpointAddr, std::string) override {
    co_await timer_.async_wait(as_values);
    co_return ConnectVerdict::accept;
  }
  void release() { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

TEST(Hooks, ADialThatWaitsForOneCanBeCancelledAndEndsWithTheEndpoint) {
  run_test([]() -> Task<> {
    const auto stuck = std::make_shared<Stuck>(co_await asio::this_coro::executor);
    EndpointOptions options = dialler();
    options.hooks.push_back(stuck);
    const Endpoint client = co_await Endpoint::bind(std::move(options));
    const EndpointAddr nowhere{SecretKey::generate().public_key()};
    asio::cancellation_signal cancel;
    error_code cancelled;
    error_code closed;
    const auto executor = co_await asio::this_coro::executor;
    client.connect(
        nowhere, "a",
        asio::bind_cancellation_slot(
            cancel.slot(), asio::bind_executor(executor, [&](error_code error, Connection) { cancelled = error; })));
    client.connect(nowhere, "a", asio::bind_executor(executor, [&](error_code error, Connection) { closed = error; }));
    cancel.emit(asio::cancellation_type::terminal);
    co_await client.close();
    EXPECT_EQ(cancelled, asio::error::operation_aborted);
    EXPECT_EQ(closed, EndpointError::closed);
    stuck->release();
  }());
}

}  // namespace
}  // namespace iroh::endpoint
