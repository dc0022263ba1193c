// SPDX-License-Identifier: MIT OR Apache-2.0
// Streams of connections over loopback.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

/// Echoes every stream until the connection ends.
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

}  // namespace
}  // namespace iroh::endpoint
