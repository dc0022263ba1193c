// SPDX-License-Identifier: MIT OR Apache-2.0
// Connections over loopback: streams, datagrams, close.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

using Kind = CloseReason::Kind;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

/// Echoes every stream until the connection ends.
Task<> echo_all(Connection connection) {
  for (;;) {
    auto [error, stream] = co_await connection.accept_bi(as_values);
    if (error) co_return;
    asio::co_spawn(co_await asio::this_coro::executor, echo_stream(std::move(stream)),
                   [](const std::exception_ptr&) {});
  }
}

Task<> spawn_echo(Connection connection) {
  asio::co_spawn(co_await asio::this_coro::executor, echo_all(std::move(connection)), [](const std::exception_ptr&) {});
}

Task<> write_and_finish(SendStream send, std::string text) {
  co_await send.write_all(text);
  send.finish();
}

// ---- Streams

TEST(Streams, EchoAShortMessage) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    co_await spawn_echo(pair.right_connection);
    auto [send, recv] = co_await pair.left_connection.open_bi();
    co_await send.write_all("hello");
    send.finish();
    EXPECT_EQ((co_await recv.read_to_end(100)).text(), "hello");
    co_await close(pair);
  }());
}

TEST(Streams, CarryMoreThanTheirWindows) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    co_await spawn_echo(pair.right_connection);
    auto [send, recv] = co_await pair.left_connection.open_bi();
    const std::string text = pattern(2 << 20);
    asio::co_spawn(co_await asio::this_coro::executor, write_and_finish(send, text), [](const std::exception_ptr&) {});
    const Bytes echoed = co_await recv.read_to_end(text.size());
    EXPECT_TRUE(echoed.text() == text);
    co_await close(pair);
  }());
}

TEST(Streams, AHundredRunSideBySide) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    co_await spawn_echo(pair.right_connection);
    std::vector<BiStream> streams;
    for (int i = 0; i < 100; ++i) streams.push_back(co_await pair.left_connection.open_bi());
    const std::string text = pattern(10'000);
    for (std::size_t i = 0; i < streams.size(); ++i) {
      asio::co_spawn(co_await asio::this_coro::executor, write_and_finish(streams[i].send, text.substr(i)),
                     [](const std::exception_ptr&) {});
    }
    for (std::size_t i = 0; i < streams.size(); ++i) {
      const Bytes echoed = co_await streams[i].recv.read_to_end(text.size());
      EXPECT_TRUE(echoed.text() == std::string_view(text).substr(i)) << i;
    }
    co_await close(pair);
  }());
}

TEST(Streams, OpeningWaitsForThePeersLimit) {
  run_test([]() -> Task<> {
    EndpointOptions options = loopback();
    options.transport.max_concurrent_uni_streams = 1;
    Pair pair = co_await connected_pair(dialler(), std::move(options));
    const SendStream first = co_await pair.left_connection.open_uni();
    SendStream second;
    pair.left_connection.open_uni(asio::bind_executor(
        co_await asio::this_coro::executor, [&](error_code, SendStream stream) { second = std::move(stream); }));
    co_await first.write_all("x");
    first.finish();
    const RecvStream received = co_await pair.right_connection.accept_uni();
    EXPECT_FALSE(static_cast<bool>(second));
    EXPECT_EQ((co_await received.read_to_end(10)).text(), "x");
    co_await first.stopped();
    while (!second) co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
    EXPECT_NE(second.id(), first.id());
    co_await close(pair);
  }());
}

TEST(Streams, ReadsComeInEveryForm) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const SendStream send = co_await pair.left_connection.open_uni();
    const std::string text = pattern(20'000);
    co_await send.write_all(Bytes::copy_of(text));
    send.finish();
    const RecvStream recv = co_await pair.right_connection.accept_uni();
    std::string got;
    got += (co_await recv.read_exact(5'000)).text();
    got += (co_await recv.read(100)).text();
    EXPECT_LE(got.size(), 5'100u);
    std::array<char, 300> buffer{};
    const std::size_t count = co_await recv.read_some(buffer);
    got.append(buffer.data(), count);
    for (const Bytes& chunk : co_await recv.read_chunks(2)) got += chunk.text();
    got += (co_await recv.read_to_end(20'000)).text();
    EXPECT_TRUE(got == text);
    // The end is said again and again, in every form.
    EXPECT_TRUE((co_await recv.read()).empty());
    EXPECT_TRUE((co_await recv.read_chunks()).empty());
    EXPECT_EQ(co_await recv.read_some(buffer), 0u);
    EXPECT_TRUE(recv.try_read()->empty());
    auto [error, rest] = co_await recv.read_exact(1, as_values);
    EXPECT_EQ(error, StreamError::ended_early);
    co_await close(pair);
  }());
}

TEST(Streams, ReadToEndRefusesMoreThanItsLimit) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const SendStream send = co_await pair.left_connection.open_uni();
    co_await send.write_all("12345");
    send.finish();
    const RecvStream recv = co_await pair.right_connection.accept_uni();
    auto [error, data] = co_await recv.read_to_end(4, as_values);
    EXPECT_EQ(error, StreamError::too_long);
    co_await close(pair);
  }());
}

TEST(Streams, TryingAnswersAtOnce) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    auto [send, recv] = co_await pair.left_connection.open_bi();
    EXPECT_EQ(recv.try_read().error(), asio::error::would_block);
    const std::string text(16 << 20, 'x');  // more than any window
    const auto written = send.try_write(text);
    EXPECT_TRUE(written.has_value());
    EXPECT_GT(*written, 0u);
    EXPECT_LT(*written, text.size());  // flow control
    EXPECT_EQ(send.try_write(text).error(), asio::error::would_block);
    co_await close(pair);
  }());
}

TEST(Streams, ASecondReadOrWriteOfAStreamIsBusy) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const auto executor = co_await asio::this_coro::executor;
    auto [send, recv] = co_await pair.left_connection.open_bi();
    const std::string text(16 << 20, 'x');  // more than any window
    error_code first_read = EndpointError::closed;
    error_code first_write = EndpointError::closed;
    recv.read(1, asio::bind_executor(executor, [&](error_code error, Bytes) { first_read = error; }));
    send.write_all(text, asio::bind_executor(executor, [&](error_code error) { first_write = error; }));
    auto [read_error, data] = co_await recv.read(1, as_values);
    EXPECT_EQ(read_error, StreamError::busy);
    auto [write_error] = co_await send.write_all("x", as_values);
    EXPECT_EQ(write_error, StreamError::busy);
    EXPECT_EQ(send.finish().error(), StreamError::busy);
    co_await close(pair);
    EXPECT_EQ(first_read, ConnectionError::locally_closed);
    EXPECT_EQ(first_write, ConnectionError::locally_closed);
  }());
}

TEST(Streams, AResetReachesTheReader) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const SendStream send = co_await pair.left_connection.open_uni();
    co_await send.write_all("x");
    const RecvStream recv = co_await pair.right_connection.accept_uni();
    EXPECT_EQ((co_await recv.read()).text(), "x");
    EXPECT_TRUE(send.reset(7).has_value());
    auto [error, data] = co_await recv.read(1, as_values);
    EXPECT_EQ(error, error_code(7, stream_reset_category()));
    EXPECT_EQ(co_await recv.received_reset(), std::optional<std::uint64_t>(7));
    EXPECT_EQ(send.finish().error(), StreamError::closed);
    co_await close(pair);
  }());
}

TEST(Streams, AResetIsHeardOfWithoutReading) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const SendStream send = co_await pair.left_connection.open_uni();
    co_await send.write_all("x");
    const RecvStream recv = co_await pair.right_connection.accept_uni();
    EXPECT_TRUE(send.reset(9).has_value());
    EXPECT_EQ(co_await recv.received_reset(), std::optional<std::uint64_t>(9));
    co_await close(pair);
  }());
}

TEST(Streams, AStopReachesTheWriter) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const SendStream send = co_await pair.left_connection.open_uni();
    co_await send.write_all("x");
    const RecvStream recv = co_await pair.right_connection.accept_uni();
    EXPECT_TRUE(recv.stop(5).has_value());
    EXPECT_EQ(co_await send.stopped(), std::optional<std::uint64_t>(5));
    auto [error] = co_await send.write_all("y", as_values);
    EXPECT_EQ(error, error_code(5, stream_stopped_category()));
    co_await close(pair);
  }());
}

TEST(Streams, StoppedCompletesWithNothingWhenThePeerHasEverything) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const SendStream send = co_await pair.left_connection.open_uni();
    co_await send.write_all("x");
    send.finish();
    EXPECT_EQ(co_await send.stopped(), std::nullopt);
    co_await close(pair);
  }());
}

// [endpoint.md §3.7]
TEST(Streams, DroppingTheSenderFinishesAndDroppingTheReceiverStops) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    auto [send, recv] = co_await pair.left_connection.open_bi();
    co_await send.write_all("x");
    BiStream accepted = co_await pair.right_connection.accept_bi();
    send = SendStream();
    EXPECT_EQ((co_await accepted.recv.read_to_end(10)).text(), "x");
    recv = RecvStream();
    EXPECT_EQ(co_await accepted.send.stopped(), std::optional<std::uint64_t>(0));
    co_await close(pair);
  }());
}

TEST(Streams, StoppedCompletesAlsoWhenTheSenderWasDropped) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    SendStream send = co_await pair.left_connection.open_uni();
    co_await send.write_all("x");
    bool is_done = false;
    send.stopped(asio::bind_executor(co_await asio::this_coro::executor,
                                     [&](error_code error, std::optional<std::uint64_t>) { is_done = !error; }));
    send = SendStream();
    const RecvStream recv = co_await pair.right_connection.accept_uni();
    EXPECT_EQ((co_await recv.read_to_end(10)).text(), "x");
    while (!is_done) co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
    co_await close(pair);
  }());
}

// ---- Cancellation

TEST(Cancellation, AcceptsAndReadsLoseNothing) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const auto executor = co_await asio::this_coro::executor;
    asio::cancellation_signal cancel_accept;
    asio::cancellation_signal cancel_datagram;
    error_code accept_error;
    error_code datagram_error;
    pair.right_connection.accept_uni(asio::bind_cancellation_slot(
        cancel_accept.slot(),
        asio::bind_executor(executor, [&](error_code error, RecvStream) { accept_error = error; })));
    pair.right_connection.read_datagram(asio::bind_cancellation_slot(
        cancel_datagram.slot(),
        asio::bind_executor(executor, [&](error_code error, Bytes) { datagram_error = error; })));
    cancel_accept.emit(asio::cancellation_type::terminal);
    cancel_datagram.emit(asio::cancellation_type::terminal);

    const SendStream send = co_await pair.left_connection.open_uni();
    co_await send.write_all("x");
    EXPECT_TRUE(pair.left_connection.send_datagram("d").has_value());
    const RecvStream recv = co_await pair.right_connection.accept_uni();
    EXPECT_EQ((co_await pair.right_connection.read_datagram()).text(), "d");
    EXPECT_EQ(accept_error, asio::error::operation_aborted);
    EXPECT_EQ(datagram_error, asio::error::operation_aborted);

    asio::cancellation_signal cancel_read;
    EXPECT_EQ((co_await recv.read()).text(), "x");
    error_code read_error;
    recv.read(1, asio::bind_cancellation_slot(
                     cancel_read.slot(),
                     asio::bind_executor(executor, [&](error_code error, Bytes) { read_error = error; })));
    cancel_read.emit(asio::cancellation_type::terminal);
    co_await send.write_all("y");
    EXPECT_EQ((co_await recv.read()).text(), "y");
    EXPECT_EQ(read_error, asio::error::operation_aborted);
    // A signal that comes after the completion hits nothing.
    cancel_read.emit(asio::cancellation_type::terminal);
    co_await close(pair);
  }());
}

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
