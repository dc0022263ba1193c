// SPDX-License-Identifier: MIT OR Apache-2.0
// Endpoints over loopback: dialling, accepting, the end.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

using Kind = CloseReason::Kind;

Task<> accept_silently(Endpoint endpoint) {
  while (Incoming incoming = co_await endpoint.accept()) {
    auto [error, connection] = co_await incoming.accept(as_values);
    if (!error) co_await connection.closed();
  }
}

Task<> spawn_accepting(Endpoint endpoint) {
  asio::co_spawn(co_await asio::this_coro::executor, accept_silently(std::move(endpoint)),
                 [](const std::exception_ptr&) {});
}

TEST(Endpoint, BothSidesKnowEachOtherByKey) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    EXPECT_EQ(pair.left_connection.remote_id(), pair.right.id());
    EXPECT_EQ(pair.right_connection.remote_id(), pair.left.id());
    EXPECT_EQ(pair.left_connection.alpn(), test_alpn);
    EXPECT_EQ(pair.right_connection.alpn(), test_alpn);
    EXPECT_EQ(pair.left_connection.side(), Side::client);
    EXPECT_EQ(pair.right_connection.side(), Side::server);
    co_await close(pair);
  }());
}

// [endpoint.md 27]
TEST(Connect, ChecksInTheOrderOfTheSpecification) {
  run_test([]() -> Task<> {
    const Endpoint endpoint = co_await Endpoint::bind(loopback());
    const EndpointId stranger = SecretKey::generate().public_key();
    EXPECT_EQ(co_await connect_error(endpoint, endpoint.id(), ""), EndpointError::self_connect);
    EXPECT_EQ(co_await connect_error(endpoint, endpoint.addr(), "a"), EndpointError::self_connect);
    EXPECT_EQ(co_await connect_error(endpoint, stranger, ""), EndpointError::invalid_alpn);
    EXPECT_EQ(co_await connect_error(endpoint, stranger, std::string(256, 'a')), EndpointError::invalid_alpn);
    ConnectOptions options;
    options.additional_alpns = {""};
    EXPECT_EQ(co_await connect_error(endpoint, stranger, "a", std::move(options)), EndpointError::invalid_alpn);
    EXPECT_EQ(co_await connect_error(endpoint, stranger, "a"), EndpointError::no_address);
    co_await endpoint.close();
    EXPECT_EQ(co_await connect_error(endpoint, endpoint.id(), ""), EndpointError::closed);
  }());
}

// [endpoint.md 38] Own direct addresses are not dialled, so nobody is left to send to.
TEST(Connect, DoesNotDialItsOwnAddresses) {
  run_test([]() -> Task<> {
    const Endpoint endpoint = co_await Endpoint::bind(loopback());
    const EndpointAddr addr =
        EndpointAddr(SecretKey::generate().public_key()).with_ip_addr(endpoint.bound_sockets().front());
    EXPECT_EQ(co_await connect_error(endpoint, addr, "a"), EndpointError::no_address);
    co_await endpoint.close();
  }());
}

// [endpoint.md 19]
TEST(Connect, AWrongIdFailsOnTheClientAndTheServerSurfacesNothing) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(loopback());
    const Endpoint server = co_await Endpoint::bind(loopback());
    error_code accepted;
    asio::co_spawn(
        co_await asio::this_coro::executor,
        [](Endpoint endpoint) -> Task<error_code> {
          Incoming incoming = co_await endpoint.accept();
          auto [error, connection] = co_await incoming.accept(as_values);
          co_return error;
        }(server),
        [&](const std::exception_ptr&, error_code error) { accepted = error; });
    const EndpointAddr addr =
        EndpointAddr(SecretKey::generate().public_key()).with_ip_addr(server.bound_sockets().front());
    EXPECT_EQ(co_await connect_error(client, addr, std::string(test_alpn)), error_code(48, tls_category()));
    co_await client.close();
    co_await server.close();
    EXPECT_EQ(accepted, error_code(48, tls_category()));
  }());
}

// [endpoint.md 20]
TEST(Connect, WithoutACommonProtocolTheHandshakeFailsWithTheAlert) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(loopback());
    const Endpoint server = co_await Endpoint::bind(loopback());
    co_await spawn_accepting(server);
    EXPECT_EQ(co_await connect_error(client, server.addr(), "other"), error_code(120, tls_category()));
    co_await client.close();
    co_await server.close();
  }());
}

// [endpoint.md §3.1] No protocols, although nobody calls accept().
TEST(Connect, AnEndpointWithoutProtocolsTellsEveryClient) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(loopback());
    const Endpoint server = co_await Endpoint::bind(dialler());
    EXPECT_EQ(co_await connect_error(client, server.addr(), "a"), error_code(120, tls_category()));
    co_await client.close();
    co_await server.close();
  }());
}

// [endpoint.md 60]
TEST(Connect, TheServersOrderOfProtocolsDecides) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(loopback());
    const Endpoint server = co_await Endpoint::bind(loopback("b a"));
    co_await spawn_accepting(server);
    ConnectOptions options;
    options.additional_alpns = {"b"};
    const Connection connection = co_await client.connect(server.addr(), "a", std::move(options));
    EXPECT_EQ(connection.alpn(), "b");
    co_await client.close();
    co_await server.close();
  }());
}

TEST(Connect, AnIdAloneWillDoWhileAConnectionIsOpen) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    co_await spawn_accepting(pair.right);
    const Connection second = co_await pair.left.connect(pair.right.id(), test_alpn);
    EXPECT_FALSE(second == pair.left_connection);
    co_await close(pair);
  }());
}

// [endpoint.md 26] and scenario B1.6 have the same shape: an option, a dial, what both sides see.
TEST(Connect, CanBeCancelled) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(loopback());
    const Endpoint silent = co_await Endpoint::bind(loopback());  // nobody accepts
    asio::cancellation_signal cancel;
    error_code result;
    client.connect(silent.addr(), test_alpn,
                   asio::bind_cancellation_slot(
                       cancel.slot(), asio::bind_executor(co_await asio::this_coro::executor,
                                                          [&](error_code error, Connection) { result = error; })));
    co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
    EXPECT_FALSE(result);
    cancel.emit(asio::cancellation_type::terminal);
    co_await client.close();
    EXPECT_EQ(result, asio::error::operation_aborted);
    co_await silent.close();
  }());
}

TEST(Incoming, RefusingTellsTheClient) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(loopback());
    const Endpoint server = co_await Endpoint::bind(loopback());
    asio::co_spawn(
        co_await asio::this_coro::executor,
        [](Endpoint endpoint) -> Task<> {
          Incoming first = co_await endpoint.accept();
          first.refuse();
          const Incoming second = co_await endpoint.accept();  // dropped: refused as well
          EXPECT_TRUE(second.remote_addr().is_ip());
        }(server),
        [](const std::exception_ptr&) {});
    const error_code refused(0x02, transport_category());
    EXPECT_EQ(co_await connect_error(client, server.addr(), std::string(test_alpn)), refused);
    EXPECT_EQ(co_await connect_error(client, server.addr(), std::string(test_alpn)), refused);
    EXPECT_EQ(refused, make_error_condition(Reaction::retry_later));
    co_await client.close();
    co_await server.close();
  }());
}

// [endpoint.md 28]
TEST(Incoming, IgnoringLeavesTheClientToItsTimeOut) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(loopback());
    const Endpoint server = co_await Endpoint::bind(loopback());
    asio::co_spawn(
        co_await asio::this_coro::executor,
        [](Endpoint endpoint) -> Task<> {
          while (Incoming incoming = co_await endpoint.accept()) incoming.ignore();
        }(server),
        [](const std::exception_ptr&) {});
    ConnectOptions options;
    options.transport.emplace();
    options.transport->max_idle_timeout = std::chrono::milliseconds(300);
    options.transport->initial_rtt = std::chrono::milliseconds(20);
    EXPECT_EQ(co_await connect_error(client, server.addr(), std::string(test_alpn), std::move(options)),
              ConnectionError::timed_out);
    co_await client.close();
    co_await server.close();
  }());
}

TEST(Accept, ACancelledAcceptLosesNobody) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(loopback());
    const Endpoint server = co_await Endpoint::bind(loopback());
    asio::cancellation_signal cancel;
    error_code result;
    server.accept(asio::bind_cancellation_slot(
        cancel.slot(),
        asio::bind_executor(co_await asio::this_coro::executor, [&](error_code error, Incoming) { result = error; })));
    cancel.emit(asio::cancellation_type::terminal);
    co_await spawn_accepting(server);
    const Connection connection = co_await client.connect(server.addr(), test_alpn);
    EXPECT_EQ(result, asio::error::operation_aborted);
    co_await client.close();
    co_await server.close();
  }());
}

// [endpoint.md 29], [endpoint.md §3.13]
TEST(Close, EndsEverythingAndCanBeRepeated) {
  run_test([]() -> Task<> {
    const Endpoint endpoint = co_await Endpoint::bind(loopback());
    bool has_ended = false;
    asio::co_spawn(
        co_await asio::this_coro::executor,
        [](Endpoint server) -> Task<bool> {
          const Incoming incoming = co_await server.accept();
          co_return static_cast<bool>(incoming);
        }(endpoint),
        [&](const std::exception_ptr&, bool has_incoming) { has_ended = !has_incoming; });
    EXPECT_FALSE(endpoint.is_closed());
    co_await endpoint.close();
    EXPECT_TRUE(endpoint.is_closed());
    co_await endpoint.close();
    co_await endpoint.closed();
    EXPECT_TRUE(has_ended);
    EXPECT_FALSE(static_cast<bool>(co_await endpoint.accept()));
    EXPECT_EQ(endpoint.set_alpns({"a"}).error(), EndpointError::closed);
  }());
}

// [endpoint.md 30]
TEST(Close, GivesEveryPeerCodeZeroAndNoReason) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    co_await pair.left.close();
    const CloseReason reason = co_await pair.right_connection.closed();
    EXPECT_EQ(reason, (CloseReason{.kind = Kind::application_closed, .code = 0}));
    EXPECT_EQ(pair.left_connection.close_reason()->kind, Kind::locally_closed);
    co_await pair.right.close();
  }());
}

// [endpoint.md 66] A draining period is three times the PTO; answers are faster.
TEST(Close, ReleasesTheSockets) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const SocketAddr addr = pair.left.bound_sockets().front();
    co_await close(pair);
    EndpointOptions options = loopback();
    options.bind_addrs = {{.addr = addr}};
    const Endpoint again = co_await Endpoint::bind(std::move(options));
    EXPECT_EQ(again.bound_sockets().front(), addr);
    co_await again.close();
  }());
}

TEST(Close, DroppingTheEndpointEndsItsConnectionsAtOnce) {
  run_test([]() -> Task<> {
    EndpointOptions options = loopback();
    options.transport.max_idle_timeout = std::chrono::milliseconds(500);
    Pair pair = co_await connected_pair(dialler(), std::move(options));
    pair.left = Endpoint();
    const CloseReason reason = co_await pair.left_connection.closed();
    EXPECT_EQ(reason.kind, Kind::locally_closed);
    // Nobody tells the peer.
    EXPECT_EQ((co_await pair.right_connection.closed()).kind, Kind::timed_out);
    co_await pair.right.close();
  }());
}

TEST(Close, DoesNotWaitForThePeerOfAHandshakeThatFailed) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(loopback());
    const Endpoint server = co_await Endpoint::bind(loopback());
    co_await spawn_accepting(server);
    EXPECT_EQ(co_await connect_error(client, server.addr(), "other"), error_code(120, tls_category()));
    const EndpointAddr wrong =
        EndpointAddr(SecretKey::generate().public_key()).with_ip_addr(server.bound_sockets().front());
    EXPECT_EQ(co_await connect_error(client, wrong, std::string(test_alpn)), error_code(48, tls_category()));
    const auto start = std::chrono::steady_clock::now();
    co_await client.close();
    co_await server.close();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(900));  // a closing period is 3 s
  }());
}

TEST(WeakEndpoint, DoesNotKeepTheEndpoint) {
  run_test([]() -> Task<> {
    Endpoint endpoint = co_await Endpoint::bind(loopback());
    const WeakEndpoint weak = endpoint.weak_handle();
    EXPECT_TRUE(weak.upgrade() == endpoint);
    endpoint = Endpoint();
    EXPECT_FALSE(static_cast<bool>(weak.upgrade()));
    co_await weak.closed();
    EXPECT_FALSE(static_cast<bool>(WeakEndpoint().upgrade()));
  }());
}

TEST(AdaptiveSpin, ADialogueWorksWithItToo) {
  run_test([]() -> Task<> {
    EndpointOptions left = dialler();
    EndpointOptions right = loopback();
    left.adaptive_spin = true;
    right.adaptive_spin = true;
    Pair pair = co_await connected_pair(std::move(left), std::move(right));
    for (int i = 0; i < 200; ++i) {
      pair.left_connection.send_datagram(std::to_string(i));
      EXPECT_EQ((co_await pair.right_connection.read_datagram()).text(), std::to_string(i));
      pair.right_connection.send_datagram(std::to_string(i));
      EXPECT_EQ((co_await pair.left_connection.read_datagram()).text(), std::to_string(i));
    }
    co_await close(pair);
  }());
}

TEST(EmptyHandles, FailInsteadOfCrashing) {
  run_test([]() -> Task<> {
    auto [accept_error, incoming] = co_await Endpoint().accept(as_values);
    EXPECT_EQ(accept_error, EndpointError::closed);
    auto [open_error, stream] = co_await Connection().open_bi(as_values);
    EXPECT_EQ(open_error, ConnectionError::locally_closed);
    auto [read_error, data] = co_await RecvStream().read(1, as_values);
    EXPECT_EQ(read_error, StreamError::closed);
    EXPECT_EQ(SendStream().finish().error(), StreamError::closed);
    EXPECT_EQ(Connection().close_reason()->kind, Kind::locally_closed);
  }());
}

}  // namespace
}  // namespace iroh::endpoint
