// SPDX-License-Identifier: MIT OR Apache-2.0
// Pipes between two endpoints of this process over real loopback sockets; local ends are socket pairs, whose other side
// the test holds.
#include "tools/lib/pipe/pipe_copy.hpp"
#include "tools/lib/as_values.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <functional>

#include "iroh/endpoint/endpoint.hpp"
#include "tools/lib/pipe/handshake.hpp"
#include "tools/lib/pipe/peer_queue.hpp"

namespace iroh::tools {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

constexpr std::string_view test_alpn = "test/pipe";

Task<Endpoint> bind_loopback() {
  EndpointOptions options;
  options.alpns = {std::string(test_alpn)};
  options.bind_addrs = {{.addr = SocketAddr(IpAddr::v4_loopback(), 0)}};
  options.default_bind_addrs = false;
  co_return co_await Endpoint::bind(std::move(options));
}

/// The test's side of a local end.
struct Local {
  explicit Local(const asio::any_io_executor& executor) : test(executor) {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) std::abort();
    test.assign(fds[0]);
    end = socket_end(executor, fds[1]);
  }
  Task<> write(std::string text) { co_await asio::async_write(test, asio::buffer(text), asio::deferred); }
  void end_input() { ::shutdown(test.native_handle(), SHUT_WR); }
  Task<std::string> read_to_end() {
    std::string text;
    co_await asio::async_read(test, asio::dynamic_buffer(text), as_values);
    co_return text;
  }
  Task<std::string> read(std::size_t size) {
    std::string text(size, '\0');
    co_await asio::async_read(test, asio::buffer(text), asio::deferred);
    co_return text;
  }

  Descriptor test;
  LocalEnd end;
};

/// A client, a server and one connection between them.
struct Pair {
  Endpoint client;
  Endpoint server;
  Connection near;
  Connection far;
  BiStream stream;  // of the client

  Task<> close() {
    near = far = {};
    stream = {};
    co_await client.close();
    co_await server.close();
  }
};

Task<Connection> accept_one(Endpoint server) {
  Incoming incoming = co_await server.accept(asio::deferred);
  co_return co_await incoming.accept(asio::deferred);
}

Task<Connection> dial(Endpoint client, EndpointAddr addr) {
  co_return co_await client.connect(addr, test_alpn, asio::deferred);
}

Task<Pair> connect() {
  Pair pair;
  pair.client = co_await bind_loopback();
  pair.server = co_await bind_loopback();
  std::tie(pair.near, pair.far) = co_await (dial(pair.client, pair.server.addr()) && accept_one(pair.server));
  pair.stream = co_await pair.near.open_bi();
  co_return pair;
}

/// Runs the test in a thread of its own making, with a limit.
void run_test(Task<> test) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto limited = [](Task<> body) -> Task<> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 30s);
    const auto outcome = co_await (std::move(body) || timer.async_wait(asio::use_awaitable));
    EXPECT_EQ(outcome.index(), 0U) << "not done after 30 s";
  };
  EXPECT_EQ(run(limited(std::move(test))), 0);
}

/// Both sides of a pipe run; what each local end has got, and how each ended.
struct Outcome {
  PipeResult near;
  PipeResult far;
};

Task<PipeResult> pipe_far(Connection far, LocalEnd local) {
  BiStream stream = co_await far.accept_bi(asio::deferred);
  co_return co_await pipe_copy(far, std::move(stream), std::move(local));
}

// As a tool does: the connection is closed as soon as the own side is complete.
Task<PipeResult> pipe_and_close(Connection connection, BiStream stream, LocalEnd local) {
  PipeResult result = co_await pipe_copy(connection, std::move(stream), std::move(local));
  connection.close(0);
  co_return result;
}

Task<Outcome> run_pipe(Pair& pair, LocalEnd near, LocalEnd far) {
  Outcome outcome;
  std::tie(outcome.near, outcome.far) =
      co_await (pipe_and_close(pair.near, pair.stream, std::move(near)) && pipe_far(pair.far, std::move(far)));
  co_return outcome;
}

Task<> both_directions() {
  const auto executor = co_await asio::this_coro::executor;
  Pair pair = co_await connect();
  Local near(executor), far(executor);
  const std::string large(1'000'000, 'x');
  const auto use = [](Local& local, std::string text) -> Task<std::string> {
    const auto write = [](Local& to, std::string what) -> Task<> {
      co_await to.write(std::move(what));
      to.end_input();
    };
    co_return co_await (write(local, std::move(text)) && local.read_to_end());
  };
  auto [outcome, got_near, got_far] =
      co_await (run_pipe(pair, near.end, far.end) && use(near, large) && use(far, "short"));
  EXPECT_TRUE(outcome.near.is_ok) << outcome.near.error;
  EXPECT_TRUE(outcome.far.is_ok) << outcome.far.error;
  EXPECT_EQ(got_near, "short");
  EXPECT_TRUE(got_far == large);
  co_await pair.close();
}

// [tools.md 33] [tools.md 35] [tools.md 48] The near side closes when it is complete, and both succeed.
TEST(PipeCopy, CarriesBothDirectionsAndLosesNothingAtTheEnd) {
  run_test(both_directions());
}

Task<> half_close() {
  const auto executor = co_await asio::this_coro::executor;
  Pair pair = co_await connect();
  Local near(executor), far(executor);
  const auto script = [&]() -> Task<> {
    co_await near.write("question");
    near.end_input();
    EXPECT_EQ(co_await far.read_to_end(), "question");  // the end has come through while the other direction is open
    co_await far.write("answer");
    EXPECT_EQ(co_await near.read(6), "answer");  // at once, not at the end
    far.end_input();
    EXPECT_EQ(co_await near.read_to_end(), "");
  };
  const Outcome outcome = co_await (run_pipe(pair, near.end, far.end) && script());
  EXPECT_TRUE(outcome.near.is_ok) << outcome.near.error;
  EXPECT_TRUE(outcome.far.is_ok) << outcome.far.error;
  co_await pair.close();
}

// [tools.md 34]
TEST(PipeCopy, ADirectionThatHasEndedLeavesTheOtherOpen) {
  run_test(half_close());
}

Task<> recv_only() {
  const auto executor = co_await asio::this_coro::executor;
  Pair pair = co_await connect();
  Local near(executor), far(executor);
  near.end.in = nullptr;
  const auto script = [&]() -> Task<> {
    EXPECT_EQ(co_await far.read_to_end(), "");
    co_await far.write("data");
    far.end_input();
    EXPECT_EQ(co_await near.read_to_end(), "data");
  };
  const Outcome outcome = co_await (run_pipe(pair, near.end, far.end) && script());
  EXPECT_TRUE(outcome.near.is_ok && outcome.far.is_ok);
  co_await pair.close();
}

// [tools.md 33]
TEST(PipeCopy, WithoutInputTheEndIsSentAtOnce) {
  run_test(recv_only());
}

Task<> closed_output() {
  const auto executor = co_await asio::this_coro::executor;
  Pair pair = co_await connect();
  Local near(executor);
  near.test.close();  // whoever read our output is gone
  near.end.in = nullptr;
  co_await pair.stream.send.write_all("x");
  BiStream far = co_await pair.far.accept_bi();
  co_await far.send.write_all("nobody reads this");
  const PipeResult result = co_await pipe_copy(pair.near, pair.stream, near.end);
  EXPECT_FALSE(result.is_ok);
  // [tools.md §3.7] The peer is told to stop, with code 0.
  EXPECT_EQ(co_await far.send.stopped(), std::optional<std::uint64_t>(0));
  co_await pair.close();
}

TEST(PipeCopy, BrokenOutputStopsThePeerWithCodeZero) {
  run_test(closed_output());
}

Task<> peer_stops(bool after_the_end, PipeResult& result) {
  const auto executor = co_await asio::this_coro::executor;
  Pair pair = co_await connect();
  Local near(executor);
  co_await near.write("x");
  if (after_the_end) near.end_input();
  const auto peer = [&]() -> Task<> {
    BiStream far = co_await pair.far.accept_bi(asio::deferred);
    if (!after_the_end) {
      static_cast<void>(far.recv.stop(7));
      co_return co_await pair.near.closed(asio::use_awaitable), void();
    }
    static_cast<void>(far.send.finish());
    co_await far.recv.read_to_end(10, asio::deferred);
    static_cast<void>(far.recv.stop(7));
    co_await far.send.stopped(asio::deferred);
  };
  result = std::get<0>(co_await (pipe_and_close(pair.near, pair.stream, near.end) && [&]() -> Task<int> {
    co_await peer();
    co_return 0;
  }()));
  co_await pair.close();
}

// [tools.md 50]
TEST(PipeCopy, StopBeforeTheEndOfTheInputIsAnError) {
  PipeResult result;
  run_test(peer_stops(false, result));
  EXPECT_FALSE(result.is_ok);
}

TEST(PipeCopy, StopAfterTheEndIsNone) {
  PipeResult result;
  run_test(peer_stops(true, result));
  EXPECT_TRUE(result.is_ok) << result.error;
}

Task<> lost_early() {
  const auto executor = co_await asio::this_coro::executor;
  Pair pair = co_await connect();
  Local near(executor);
  co_await pair.stream.send.write_all("x");
  BiStream far = co_await pair.far.accept_bi();
  co_await far.send.write_all("part");
  const auto peer = [&]() -> Task<int> {
    const std::string got = co_await near.read(4);
    EXPECT_EQ(got, "part");
    pair.far.close(0);
    co_return 0;
  };
  const auto [result, ignored] = co_await (pipe_copy(pair.near, pair.stream, near.end) && peer());
  EXPECT_FALSE(result.is_ok);
  EXPECT_TRUE(result.error.starts_with("connection lost")) << result.error;
  co_await pair.close();
}

// [tools.md §3.5] Code 0 or not: it cannot be told from truncation. The idle input does not keep the pipe.
TEST(PipeCopy, ACloseBeforeThePeersEndIsAnError) {
  run_test(lost_early());
}

Task<> cancelled() {
  const auto executor = co_await asio::this_coro::executor;
  Pair pair = co_await connect();
  Local near(executor);
  co_await pair.stream.send.write_all("x");
  BiStream far = co_await pair.far.accept_bi();
  co_await far.recv.read();
  asio::steady_timer signal(executor, 20ms);
  const auto outcome = co_await (pipe_copy(pair.near, pair.stream, near.end) || signal.async_wait(asio::use_awaitable));
  EXPECT_EQ(outcome.index(), 1U);
  // [tools.md 36] RESET 0 and STOP 0 reach the peer at once.
  auto [error, data] = co_await far.recv.read(1, as_values);
  EXPECT_EQ(error, error_code(0, stream_reset_category()));
  EXPECT_EQ(co_await far.send.stopped(), std::optional<std::uint64_t>(0));
  co_await pair.close();
}

TEST(PipeCopy, ASignalResetsAndStopsWithCodeZero) {
  run_test(cancelled());
}

// ---- The listening side

/// The pieces are separated by commas.
Task<> send_pieces(Connection connection, std::string pieces, bool finish, BiStream& stream) {
  stream = co_await connection.open_bi(asio::deferred);
  while (!pieces.empty()) {
    const std::string piece = pieces.substr(0, pieces.find(','));
    pieces.erase(0, piece.size() + 1);
    co_await stream.send.write_all(piece, asio::deferred);
    asio::steady_timer pause(co_await asio::this_coro::executor, 2ms);  // so that each goes in a packet of its own
    co_await pause.async_wait(asio::deferred);
  }
  if (finish) static_cast<void>(stream.send.finish());
}

Task<> handshakes() {
  const auto executor = co_await asio::this_coro::executor;
  Endpoint server = co_await bind_loopback();
  Endpoint client = co_await bind_loopback();
  PeerQueue queue(executor, server, true);
  std::vector<Connection> dropped;
  BiStream silent, wrong, early, good;
  const auto peers = [&]() -> Task<> {
    for (int i = 0; i < 3; ++i) dropped.push_back(co_await dial(client, server.addr()));
    co_await send_pieces(dropped[0], "he", false, silent);
    co_await send_pieces(dropped[1], "hellx", false, wrong);
    co_await send_pieces(dropped[2], "hel", true, early);
    // [tools.md 31] Both are refused while the first peer still waits.
    co_await dropped[1].closed(asio::use_awaitable);
    co_await dropped[2].closed(asio::use_awaitable);
    Connection connection = co_await dial(client, server.addr());
    co_await send_pieces(connection, "h,e,l,l,o,payload", false, good);
  };
  auto peer = co_await (queue.first() && peers());
  EXPECT_TRUE(peer.has_value());
  if (peer) {
    // [tools.md 30] In single bytes, and nothing of the payload is taken.
    const Bytes payload = co_await peer->stream.recv.read_exact(7);
    EXPECT_EQ(payload.text(), "payload");
  }
  // The one that was still waiting is closed with code 0.
  const CloseReason reason = co_await dropped[0].closed(asio::use_awaitable);
  EXPECT_TRUE(reason.is_application_close(0)) << reason;
  peer.reset();
  good = silent = wrong = early = {};
  dropped.clear();
  co_await client.close();
  co_await server.close();
  co_await queue.stop();
}

TEST(PeerQueue, DropsWrongHandshakesAndServesTheFirstValidOne) {
  run_test(handshakes());
}

Task<> custom_alpn() {
  const auto executor = co_await asio::this_coro::executor;
  Endpoint server = co_await bind_loopback();
  Endpoint client = co_await bind_loopback();
  PeerQueue queue(executor, server, false);
  BiStream stream;
  const auto peers = [&]() -> Task<> {
    const Connection connection = co_await dial(client, server.addr());
    co_await send_pieces(connection, "raw bytes", true, stream);
  };
  auto peer = co_await (queue.first() && peers());
  EXPECT_TRUE(peer.has_value());
  if (peer) {
    const Bytes all = co_await peer->stream.recv.read_to_end(100);
    EXPECT_EQ(all.text(), "raw bytes");
  }
  peer.reset();
  stream = {};
  co_await client.close();
  co_await server.close();
  co_await queue.stop();
}

// [tools.md 32]
TEST(PeerQueue, WithoutHandshakeTheFirstByteIsPayload) {
  run_test(custom_alpn());
}

Task<> too_many() {
  const auto executor = co_await asio::this_coro::executor;
  Endpoint server = co_await bind_loopback();
  Endpoint client = co_await bind_loopback();
  PeerQueue queue(executor, server, true);
  std::vector<Connection> waiting;
  BiStream stream;
  const auto peers = [&]() -> Task<> {
    for (std::size_t i = 0; i <= PeerQueue::waiting_max; ++i) waiting.push_back(co_await dial(client, server.addr()));
    co_await waiting[0].closed(asio::use_awaitable);
    EXPECT_FALSE(waiting[1].close_reason().has_value());
    co_await send_pieces(waiting[1], "hello", true, stream);
  };
  auto peer = co_await (queue.first() && peers());
  EXPECT_TRUE(peer.has_value());
  peer.reset();
  stream = {};
  waiting.clear();
  co_await client.close();
  co_await server.close();
  co_await queue.stop();
}

// [tools.md 31] The bound on those who wait: the oldest goes, all others may take their time.
TEST(PeerQueue, TheOldestOfTooManyWaitingPeersGoes) {
  run_test(too_many());
}

}  // namespace
}  // namespace iroh::tools
