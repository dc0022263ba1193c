// SPDX-License-Identifier: MIT OR Apache-2.0
// Connections that are used before their handshake is complete.
#include <gtest/gtest.h>

#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

/// What servers of one test have seen.
struct Seen {
  int requests = 0;
  int replayable = 0;
};

Task<> answer(BiStream stream, std::shared_ptr<Seen> seen) {
  const Bytes request = co_await stream.recv.read_to_end(1'000);
  ++seen->requests;
  if (stream.recv.is_0rtt()) ++seen->replayable;
  co_await stream.send.write_all(request);
  stream.send.finish();
}

Task<> serve_connection(Connection connection, std::shared_ptr<Seen> seen) {
  const auto executor = co_await asio::this_coro::executor;
  while (true) {
    auto [error, stream] = co_await connection.accept_bi(as_values);
    if (error) co_return;
    asio::co_spawn(executor, answer(std::move(stream), seen), [](const std::exception_ptr&) {});
  }
}

Task<> serve(Endpoint endpoint, std::shared_ptr<Seen> seen) {
  while (Incoming incoming = co_await endpoint.accept()) {
    auto [error, connection] = co_await incoming.accept(as_values);
    if (!error) co_await serve_connection(std::move(connection), seen);
  }
}

Task<> spawn_server(Endpoint endpoint, std::shared_ptr<Seen> seen) {
  asio::co_spawn(co_await asio::this_coro::executor, serve(std::move(endpoint), std::move(seen)),
                 [](const std::exception_ptr&) {});
}

/// The answer, or what went wrong.
Task<std::string> ask(Connection connection, std::string text) {
  auto [open_error, stream] = co_await connection.open_bi(as_values);
  if (open_error) co_return open_error.message();
  auto [write_error] = co_await stream.send.write_all(text, as_values);
  if (write_error) co_return write_error.message();
  stream.send.finish();
  auto [error, response] = co_await stream.recv.read_to_end(1'000, as_values);
  co_return error ? error.message() : std::string(response.text());
}

/// Dials once and talks until a ticket must have come.
Task<> get_ticket(Endpoint client, EndpointAddr addr) {
  const Connection connection = co_await client.connect(std::move(addr), test_alpn);
  EXPECT_EQ(co_await ask(connection, "hello"), "hello");
  EXPECT_EQ(co_await ask(connection, "again"), "again");
  EXPECT_EQ(co_await connection.handshake_completed(), EarlyData::none);
  connection.close(0);
}

// [endpoint.md 21], [endpoint.md §3.6]
TEST(EarlyData, IsSentAndAnsweredOnTheSecondDial) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(dialler());
    const Endpoint server = co_await Endpoint::bind(loopback());
    const auto seen = std::make_shared<Seen>();
    co_await spawn_server(server, seen);
    co_await get_ticket(client, server.addr());
    const Connection connection = co_await client.connect_early(server.addr(), test_alpn);
    EXPECT_FALSE(connection.is_handshake_complete());
    EXPECT_EQ(connection.alpn(), "");
    EXPECT_EQ(connection.remote_id_if_known(), server.id());
    EXPECT_EQ(co_await ask(connection, "early"), "early");
    EXPECT_EQ(co_await connection.handshake_completed(), EarlyData::accepted);
    EXPECT_EQ(co_await connection.handshake_completed(), EarlyData::accepted);  // as often as one likes
    EXPECT_EQ(connection.remote_id(), server.id());
    EXPECT_EQ(connection.alpn(), test_alpn);
    EXPECT_EQ(co_await ask(connection, "late"), "late");
    EXPECT_EQ(seen->requests, 4);
    EXPECT_EQ(seen->replayable, 1);
    co_await client.close();
    co_await server.close();
  }());
}

// [endpoint.md §3.6] Without a ticket it is an ordinary dial.
TEST(EarlyData, WithoutATicketTheConnectionComesWithItsHandshakeComplete) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(dialler());
    const Endpoint server = co_await Endpoint::bind(loopback());
    const auto seen = std::make_shared<Seen>();
    co_await spawn_server(server, seen);
    const Connection connection = co_await client.connect_early(server.addr(), test_alpn);
    EXPECT_TRUE(connection.is_handshake_complete());
    EXPECT_EQ(co_await connection.handshake_completed(), EarlyData::none);
    EXPECT_EQ(co_await ask(connection, "hello"), "hello");
    EXPECT_EQ(seen->replayable, 0);
    co_await client.close();
    co_await server.close();
  }());
}

// [endpoint.md 21], [cases.md C-005]
TEST(EarlyData, AServerThatHasForgottenTheTicketRejectsItAndEachRequestIsRepeatedOnce) {
  run_test([]() -> Task<> {
    constexpr int count = 40;
    const SecretKey key = SecretKey::generate();
    EndpointOptions options = loopback();
    options.secret_key = key;
    const auto seen = std::make_shared<Seen>();
    const Endpoint client = co_await Endpoint::bind(dialler());
    Endpoint server = co_await Endpoint::bind(options);
    co_await spawn_server(server, seen);
    co_await get_ticket(client, server.addr());
    co_await server.close();
    server = co_await Endpoint::bind(options);  // the same key, other ticket keys
    const auto seen_now = std::make_shared<Seen>();
    co_await spawn_server(server, seen_now);
    const Connection connection = co_await client.connect_early(server.addr(), test_alpn);
    EXPECT_FALSE(connection.is_handshake_complete());
    // The server's answer may come while they are still being written: later ones are no early data any more.
    std::vector<BiStream> streams;
    for (int i = 0; i < count; ++i) {
      BiStream stream = co_await connection.open_bi();
      auto [error] = co_await stream.send.write_all("request", as_values);
      EXPECT_TRUE(!error || error == StreamError::zero_rtt_rejected) << error.message();
      stream.send.finish();
      streams.push_back(std::move(stream));
    }
    EXPECT_EQ(co_await connection.handshake_completed(), EarlyData::rejected);
    int rejected = 0;
    for (const BiStream& stream : streams) {
      auto [error, data] = co_await stream.recv.read_to_end(10, as_values);
      if (!error) continue;
      ++rejected;
      EXPECT_EQ(error, StreamError::zero_rtt_rejected);
      EXPECT_EQ(stream.send.try_write("x").error(), StreamError::zero_rtt_rejected);
      EXPECT_EQ(stream.recv.stop(0).error(), StreamError::zero_rtt_rejected);
    }
    EXPECT_GT(rejected, 0);
    streams.clear();  // must not touch their successors, which have the same ids
    for (int i = 0; i < rejected; ++i) EXPECT_EQ(co_await ask(connection, "request"), "request");
    EXPECT_EQ(seen_now->requests, count);
    EXPECT_EQ(seen_now->replayable, 0);
    co_await client.close();
    co_await server.close();
  }());
}

// [endpoint.md §3.6]
TEST(EarlyData, AServerCanReadItBeforeItKnowsTheClient) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(dialler());
    const Endpoint server = co_await Endpoint::bind(loopback());
    asio::co_spawn(
        co_await asio::this_coro::executor,
        [](Endpoint endpoint, EndpointId expected) -> Task<> {
          for (int dial = 0; dial < 2; ++dial) {
            Incoming incoming = co_await endpoint.accept();
            const Connection connection = co_await incoming.accept_early();
            BiStream stream = co_await connection.accept_bi();
            EXPECT_EQ(stream.recv.is_0rtt(), dial == 1);
            co_await answer(std::move(stream), std::make_shared<Seen>());
            const EarlyData early = co_await connection.handshake_completed();
            EXPECT_EQ(early, dial == 1 ? EarlyData::accepted : EarlyData::none);
            EXPECT_EQ(connection.remote_id(), expected);
            EXPECT_EQ(connection.alpn(), test_alpn);
            BiStream second = co_await connection.accept_bi();
            co_await answer(std::move(second), std::make_shared<Seen>());
            co_await connection.closed();
          }
        }(server, client.id()),
        [](const std::exception_ptr& failure) { EXPECT_EQ(failure, nullptr); });
    co_await get_ticket(client, server.addr());
    const Connection connection = co_await client.connect_early(server.addr(), test_alpn);
    EXPECT_EQ(co_await ask(connection, "early"), "early");
    EXPECT_EQ(co_await ask(connection, "late"), "late");
    connection.close(0);
    co_await client.close();
    co_await server.close();
  }());
}

// [endpoint.md 22]
TEST(EarlyData, ATicketOfOnePeerIsNotUsedForAnother) {
  run_test([]() -> Task<> {
    const Endpoint client = co_await Endpoint::bind(dialler());
    const Endpoint one = co_await Endpoint::bind(loopback());
    const Endpoint other = co_await Endpoint::bind(loopback());
    const auto seen = std::make_shared<Seen>();
    co_await spawn_server(one, seen);
    co_await spawn_server(other, seen);
    co_await get_ticket(client, one.addr());
    const Connection connection = co_await client.connect_early(other.addr(), test_alpn);
    EXPECT_TRUE(connection.is_handshake_complete());
    EXPECT_EQ(co_await connection.handshake_completed(), EarlyData::none);
    co_await client.close();
    co_await one.close();
    co_await other.close();
  }());
}

TEST(EarlyData, OfADialThatFailsEndsWithItsError) {
  run_test([]() -> Task<> {
    EndpointOptions options = loopback();
    options.secret_key = SecretKey::generate();
    const Endpoint client = co_await Endpoint::bind(dialler());
    Endpoint server = co_await Endpoint::bind(options);
    co_await spawn_server(server, std::make_shared<Seen>());
    co_await get_ticket(client, server.addr());
    co_await server.close();
    options.incoming_filter = [](const Incoming&) { return FilterOutcome::reject; };
    server = co_await Endpoint::bind(options);
    const Connection connection = co_await client.connect_early(server.addr(), test_alpn);
    auto [error, early] = co_await connection.handshake_completed(as_values);
    EXPECT_EQ(error, error_code(0x02, transport_category()));
    EXPECT_FALSE(connection.is_handshake_complete());
    co_await client.close();
    co_await server.close();
  }());
}

}  // namespace
}  // namespace iroh::endpoint
