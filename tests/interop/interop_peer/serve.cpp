// SPDX-License-Identifier: MIT OR Apache-2.0
// The role serve: accepts connections and serves echo, sink and generate streams, hashes and datagram echo.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

#include "json_lines.hpp"
#include "pattern.hpp"
#include "peer.hpp"
#include "stream_operations.hpp"

namespace iroh::interop {
namespace {

namespace asio = boost::asio;

/// A peer that goes away in the middle of a service is no error of the server.
void spawn(const asio::any_io_executor& executor, Task<> task) {
  asio::co_spawn(executor, std::move(task), [](std::exception_ptr) {});
}

Task<> sink(RecvStream recv, SendStream send) {
  Sha256 hash;
  std::uint64_t count = 0;
  for (;;) {
    const std::vector<Bytes> chunks = co_await recv.read_chunks();
    if (chunks.empty()) break;
    for (const Bytes& chunk : chunks) {
      hash.update(chunk);
      count += chunk.size();
    }
  }
  const auto answer = count_and_hash(count, hash.digest());
  co_await send.write_all(answer);
  (void)send.finish();
}

Task<std::uint64_t> read_u64(RecvStream recv) {
  const Bytes bytes = co_await recv.read_exact(8);
  std::uint64_t value = 0;
  for (const std::byte byte : bytes.span()) value = value << 8 | std::to_integer<std::uint64_t>(byte);
  co_return value;
}

Task<> generate(RecvStream recv, SendStream send) {
  const std::uint64_t count = co_await read_u64(recv);
  constexpr std::uint64_t step = 251 * 1024;
  const Bytes block = Bytes::copy_of(pattern(0, step));
  for (std::uint64_t done = 0; done < count; done += step) {
    co_await send.write_all(block.slice(0, static_cast<std::size_t>(std::min(step, count - done))));
  }
  (void)send.finish();
}

/// Our direction ends first, the other goes on.
Task<> half(RecvStream recv, SendStream send) {
  co_await send.write_all("half");
  (void)send.finish();
  const Received received = co_await read_and_hash(recv);
  print_line({{"event", "half"}, {"bytes", received.count}, {"sha256", received.sha256}});
}

Task<> watch(RecvStream recv) {
  for (;;) {
    const auto [ec, chunks] = co_await recv.read_chunks(64, asio::as_tuple(asio::use_awaitable));
    if (!ec && chunks.empty()) co_return;
    if (!ec) continue;
    const auto code = co_await recv.received_reset();
    if (code) print_line({{"event", "reset"}, {"code", *code}});
    co_return;
  }
}

Task<> write_until_stopped(SendStream send) {
  const Bytes block = Bytes::copy_of(pattern(0, 251 * 1024));
  boost::system::error_code ec;
  while (!ec) std::tie(ec) = co_await send.write_all(block, asio::as_tuple(asio::use_awaitable));
  const auto code = co_await send.stopped();
  if (code) print_line({{"event", "stopped"}, {"code", *code}});
}

Task<> serve_stream(BiStream stream) {
  auto [send, recv] = std::move(stream);
  const Bytes service = co_await recv.read(1);
  const char name = service.empty() ? '\0' : service.text()[0];
  if (name == 'E') {
    co_await copy(recv, send);
    (void)send.finish();
  } else if (name == 'S') {
    co_await sink(recv, send);
  } else if (name == 'G') {
    co_await generate(recv, send);
  } else if (name == 'R') {
    const std::uint64_t code = co_await read_u64(recv);
    const auto bytes = pattern(0, 1000);
    co_await send.write_all(bytes);
    (void)send.reset(code);
  } else if (name == 'P') {
    (void)recv.stop(co_await read_u64(recv));
    (void)send.finish();
  } else if (name == 'H') {
    co_await half(recv, send);
  } else if (name == 'W') {
    spawn(co_await asio::this_coro::executor, write_until_stopped(send));
    co_await watch(recv);
  } else {
    (void)recv.stop(1);
    (void)send.reset(1);
  }
}

Task<> serve_uni(Connection connection, RecvStream recv) {
  SendStream send = co_await connection.open_uni();
  co_await sink(recv, send);
}

Task<> serve_bi_streams(Connection connection) {
  const auto executor = co_await asio::this_coro::executor;
  for (;;) spawn(executor, serve_stream(co_await connection.accept_bi()));
}

Task<> serve_uni_streams(Connection connection) {
  const auto executor = co_await asio::this_coro::executor;
  for (;;) spawn(executor, serve_uni(connection, co_await connection.accept_uni()));
}

Task<> serve_datagrams(Connection connection) {
  for (;;) {
    const Bytes datagram = co_await connection.read_datagram();
    (void)connection.send_datagram(datagram);
  }
}

using Connections = std::shared_ptr<std::list<Connection>>;

Task<> serve_connection(Incoming incoming, Connections open) {
  auto [ec, connection] = co_await incoming.accept(asio::as_tuple(asio::use_awaitable));
  if (ec) {
    print_line({{"event", "incoming_failed"}, {"error", ec.message()}});
    co_return;
  }
  print_line({{"event", "connected"}, {"remote_id", connection.remote_id().to_string()}, {"alpn", connection.alpn()}});
  const auto executor = co_await asio::this_coro::executor;
  spawn(executor, serve_bi_streams(connection));
  spawn(executor, serve_uni_streams(connection));
  spawn(executor, serve_datagrams(connection));
  const auto kept = open->insert(open->end(), connection);
  const CloseReason reason = co_await connection.closed();
  open->erase(kept);
  boost::json::object event{{"event", "closed"}};
  describe(reason, event);
  print_line(event);
}

Task<> accept_all(Endpoint endpoint, bool with_retry, Connections open) {
  const auto executor = co_await asio::this_coro::executor;
  while (Incoming incoming = co_await endpoint.accept()) {
    if (with_retry && incoming.retry()) {  // not for a client that has come back
      print_line({{"event", "retry_sent"}});
    } else {
      spawn(executor, serve_connection(std::move(incoming), open));
    }
  }
}

}  // namespace

Task<int> serve(PeerOptions options) {
  const auto executor = co_await asio::this_coro::executor;
  Endpoint endpoint = co_await bind_peer(options);
  auto open = std::make_shared<std::list<Connection>>();
  spawn(executor, accept_all(endpoint, options.retry, open));
  LineReader input(executor);
  while (const auto operation = co_await input.next()) {
    const std::string op = operation->contains("op") ? std::string(operation->at("op").as_string()) : "";
    if (op == "quit") {
      print_line({{"op", "quit"}, {"ok", true}});
      break;
    }
    if (op == "close") {
      const auto code = operation->at("code").to_number<std::uint64_t>();
      const std::string reason(operation->at("reason").as_string());
      for (const Connection& connection : *open) connection.close(code, reason);
      print_line({{"op", "close"}, {"ok", true}, {"connections", open->size()}});
    } else if (op == "stats" && !open->empty()) {
      boost::json::object result{{"op", op}};
      co_await run_stream_operation(open->back(), op, *operation, result);
      print_line(result);
    } else {
      print_line({{"op", op}, {"ok", false}, {"error", "unknown operation"}});
    }
  }
  co_await endpoint.close();
  co_return 0;
}

}  // namespace iroh::interop
