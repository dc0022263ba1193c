// SPDX-License-Identifier: MIT OR Apache-2.0
// Connections over loopback: datagrams, close, facts.
#include <gtest/gtest.h>

#include <boost/asio/bind_executor.hpp>

#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

using Kind = CloseReason::Kind;

// ---- Datagrams

TEST(Datagrams, GoBothWaysInOrderOneByOneAndInBatches) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    EXPECT_TRUE(pair.left_connection.send_datagram("one").has_value());
    EXPECT_EQ((co_await pair.right_connection.read_datagram()).text(), "one");
    const std::vector batch{Bytes::copy_of("two"), Bytes::copy_of("three"), Bytes::copy_of("four")};
    EXPECT_EQ(pair.right_connection.send_datagrams(batch), 3u);
    std::vector<Bytes> received;
    while (received.size() < 3) {
      for (Bytes& datagram : co_await pair.left_connection.read_datagrams(2)) received.push_back(std::move(datagram));
    }
    EXPECT_EQ(received, batch);
    EXPECT_TRUE((co_await pair.left_connection.read_datagrams(0)).empty());
    co_await close(pair);
  }());
}

// [endpoint.md 65]
TEST(Datagrams, ABatchWithOneTooLargeQueuesNothing) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const auto max_size = pair.left_connection.max_datagram_size();
    EXPECT_TRUE(max_size.has_value());
    const std::string large(*max_size + 1000, 'x');
    EXPECT_EQ(pair.left_connection.send_datagrams(std::vector{Bytes::copy_of("a"), Bytes::copy_of(large)}).error(),
              DatagramError::too_large);
    EXPECT_TRUE(pair.left_connection.send_datagram("b").has_value());
    EXPECT_EQ((co_await pair.right_connection.read_datagram()).text(), "b");
    co_await close(pair);
  }());
}

TEST(Datagrams, AreRefusedWhereOneSideDoesNotTakeThem) {
  run_test([]() -> Task<> {
    EndpointOptions options = loopback();
    options.transport.datagram_receive_buffer = 0;
    Pair pair = co_await connected_pair(dialler(), std::move(options));
    EXPECT_EQ(pair.left_connection.max_datagram_size(), std::nullopt);
    EXPECT_EQ(pair.left_connection.send_datagram("x").error(), DatagramError::unsupported_by_peer);
    EXPECT_EQ(pair.right_connection.send_datagram("x").error(), DatagramError::disabled);
    co_await close(pair);
  }());
}

TEST(Datagrams, WaitingForRoomSendsThemAll) {
  run_test([]() -> Task<> {
    EndpointOptions options = dialler();
    options.transport.datagram_send_buffer = 4'000;
    Pair pair = co_await connected_pair(std::move(options));
    for (int i = 0; i < 20; ++i) {
      co_await pair.left_connection.send_datagram_wait(Bytes::copy_of(std::string(1'000, static_cast<char>('a' + i))));
      EXPECT_EQ((co_await pair.right_connection.read_datagram()).text().front(), 'a' + i);
    }
    co_await close(pair);
  }());
}

// [endpoint.md 65]
TEST(Datagrams, ABatchCanWaitForRoom) {
  run_test([]() -> Task<> {
    EndpointOptions options = dialler();
    options.transport.datagram_send_buffer = 4'000;
    Pair pair = co_await connected_pair(std::move(options));
    std::vector<Bytes> batch;
    for (int i = 0; i < 20; ++i) batch.push_back(Bytes::copy_of(std::string(1'000, static_cast<char>('a' + i))));
    co_await pair.left_connection.send_datagrams_wait(batch);  // more than the buffer holds: none was dropped
    for (int i = 0; i < 20; ++i) EXPECT_EQ((co_await pair.right_connection.read_datagram()).text().front(), 'a' + i);
    batch.back() = Bytes::copy_of(std::string(5'000, 'x'));
    auto [error] = co_await pair.left_connection.send_datagrams_wait(batch, as_values);
    EXPECT_EQ(error, DatagramError::too_large);
    EXPECT_TRUE(pair.left_connection.send_datagram("").has_value());  // [cases.md C-003] an empty one arrives as such
    EXPECT_EQ((co_await pair.right_connection.read_datagram()).size(), 0u);
    co_await close(pair);
  }());
}

// [cases.md C-003]
TEST(Datagrams, OfTheSizeThatIsAnnouncedCanBeSentAndLargerOnesCannot) {
  run_test([]() -> Task<> {
    for (const std::uint64_t buffer : {std::uint64_t{600}, std::uint64_t{1} << 20}) {
      EndpointOptions options = dialler();
      options.transport.datagram_send_buffer = buffer;
      Pair pair = co_await connected_pair(std::move(options));
      const std::size_t size = pair.left_connection.max_datagram_size().value_or(0);
      EXPECT_GT(size, 500u);
      EXPECT_TRUE(pair.left_connection.send_datagram(std::string(size, 'x')).has_value());
      EXPECT_EQ((co_await pair.right_connection.read_datagram()).size(), size);
      const std::string large(2'000, 'x');
      EXPECT_EQ(pair.left_connection.send_datagram(large).error(), DatagramError::too_large);
      auto [error] = co_await pair.left_connection.send_datagram_wait(Bytes::copy_of(large), as_values);
      EXPECT_EQ(error, DatagramError::too_large);
      co_await close(pair);
    }
  }());
}

// ---- Close

// Scenario B1.5
TEST(CloseConnection, ThePeerGetsTheCodeAndTheReasonAfterTheData) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const SendStream send = co_await pair.right_connection.open_uni();
    co_await send.write_all("bye now");
    send.finish();
    const RecvStream recv = co_await pair.left_connection.accept_uni();
    co_await send.stopped();
    pair.right_connection.close(42, "thanks, bye!");
    const CloseReason reason = co_await pair.left_connection.closed();
    EXPECT_TRUE(reason.is_application_close(42));
    EXPECT_EQ(reason.reason, "thanks, bye!");
    // What had arrived can still be read; then comes the end, not the error.
    EXPECT_EQ((co_await recv.read_to_end(100)).text(), "bye now");
    auto [error, stream] = co_await pair.left_connection.open_bi(as_values);
    EXPECT_EQ(error, error_code(42, application_category()));
    EXPECT_EQ(pair.right_connection.close_reason()->kind, Kind::locally_closed);
    co_await close(pair);
  }());
}

TEST(CloseConnection, StreamsThatHadArrivedCanStillBeAccepted) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    for (const char* text : {"a", "b"}) {
      const SendStream send = co_await pair.left_connection.open_uni();
      co_await send.write_all(text);
      send.finish();
      co_await send.stopped();
    }
    EXPECT_TRUE(pair.left_connection.send_datagram("d").has_value());
    pair.left_connection.close(1);
    co_await pair.right_connection.closed();
    EXPECT_EQ((co_await (co_await pair.right_connection.accept_uni()).read_to_end(9)).text(), "a");
    EXPECT_EQ((co_await (co_await pair.right_connection.accept_uni()).read_to_end(9)).text(), "b");
    auto [error, stream] = co_await pair.right_connection.accept_uni(as_values);
    EXPECT_EQ(error, error_code(1, application_category()));
    co_await close(pair);
  }());
}

TEST(CloseConnection, PendingOperationsFailWithTheReason) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const auto executor = co_await asio::this_coro::executor;
    std::vector<error_code> errors;
    const auto note = [&](error_code error, auto&&...) { errors.push_back(error); };
    pair.left_connection.accept_bi(asio::bind_executor(executor, note));
    pair.left_connection.read_datagram(asio::bind_executor(executor, note));
    const BiStream stream = co_await pair.left_connection.open_bi();
    stream.recv.read(1, asio::bind_executor(executor, note));
    stream.send.stopped(asio::bind_executor(executor, note));
    stream.recv.received_reset(asio::bind_executor(executor, note));
    pair.left_connection.close(3, "enough");
    co_await pair.left_connection.closed();
    EXPECT_EQ(errors, std::vector<error_code>(5, ConnectionError::locally_closed));
    co_await close(pair);
  }());
}

// [endpoint.md 31]
TEST(CloseConnection, DroppingTheLastHandleClosesWithCodeZero) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const WeakConnection weak = pair.left_connection.weak_handle();
    SendStream send = co_await pair.left_connection.open_uni();
    pair.left_connection = Connection();
    EXPECT_TRUE(static_cast<bool>(weak.upgrade()));  // a stream is a handle, too
    EXPECT_FALSE(pair.right_connection.close_reason().has_value());
    send = SendStream();
    EXPECT_FALSE(static_cast<bool>(weak.upgrade()));
    EXPECT_TRUE((co_await pair.right_connection.closed()).is_application_close(0));
    const ClosedConnection closed = co_await weak.closed();
    EXPECT_EQ(closed.reason.kind, Kind::locally_closed);
    EXPECT_GT(closed.stats.udp_tx.datagrams, 0u);
    co_await close(pair);
  }());
}

// ---- Facts

TEST(Facts, PathsStatisticsAndRoundTripTimeAreThere) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    co_await spawn_echo(pair.right_connection);
    auto [send, recv] = co_await pair.left_connection.open_bi();
    co_await send.write_all("x");
    send.finish();
    co_await recv.read_to_end(10);
    const std::vector<Path> paths = pair.left_connection.paths();
    EXPECT_EQ(paths.size(), 1u);
    EXPECT_EQ(*paths.front().remote_addr.ip(), pair.right.bound_sockets().front());
    EXPECT_TRUE(paths.front().is_selected);
    EXPECT_GT(pair.left_connection.rtt().count(), 0);
    EXPECT_LT(pair.left_connection.rtt(), std::chrono::seconds(5));
    const ConnectionStats stats = pair.left_connection.stats();
    EXPECT_GT(stats.udp_tx.datagrams, 0u);
    EXPECT_GT(stats.udp_rx.bytes, 0u);
    EXPECT_TRUE(pair.left_connection == Connection(pair.left_connection));
    co_await close(pair);
  }());
}

TEST(Facts, BothSidesExportTheSameKeyingMaterial) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const auto left = pair.left_connection.export_keying_material("label", "context", 32);
    const auto right = pair.right_connection.export_keying_material("label", "context", 32);
    const auto other = pair.right_connection.export_keying_material("other", "context", 32);
    EXPECT_TRUE(left.has_value());
    EXPECT_EQ(*left, *right);
    EXPECT_NE(*left, *other);
    co_await close(pair);
  }());
}

}  // namespace
}  // namespace iroh::endpoint
