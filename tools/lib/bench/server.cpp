// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/bench/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "tools/lib/bench/datagram_count.hpp"
#include "tools/lib/bench/protocol.hpp"
#include "tools/lib/bench/transfer.hpp"

namespace iroh::tools {
namespace {

Task<> echo(BiStream stream) {
  while (true) {
    Bytes bytes = co_await stream.recv.read();
    if (bytes.empty()) co_return;
    co_await stream.send.write_all(std::move(bytes));
  }
}

Task<> answer(Connection connection, BiStream stream) {
  const Bytes request = co_await stream.recv.read_exact(1);
  switch (static_cast<BenchRequest>(request.text().front())) {
    case BenchRequest::upload:
      co_await stream.send.write_all(encode_number(co_await read_all(stream.recv)));
      break;
    case BenchRequest::download:
      co_await write_blocks(stream.send, decode_number(co_await stream.recv.read_exact(8)));
      break;
    case BenchRequest::echo:
      co_await echo(stream);
      break;
    case BenchRequest::datagrams:
      co_await count_datagrams(std::move(connection), stream);
      break;
    case BenchRequest::usage:
      co_await stream.send.write_all(encode_usage(usage_of_this_process()));
      break;
    default:
      static_cast<void>(stream.send.reset(1));
      co_return;
  }
  static_cast<void>(stream.send.finish());
}

/// What a client does wrong, or its going away, ends only what it has asked for.
void spawn(const boost::asio::any_io_executor& executor, Task<> task) {
  boost::asio::co_spawn(executor, std::move(task), [](const std::exception_ptr&) {});
}

Task<> serve_connection(Incoming incoming) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const Connection connection = co_await incoming.accept();
  while (true) spawn(executor, answer(connection, co_await connection.accept_bi()));
}

}  // namespace

Task<> serve_bench(Endpoint endpoint) {
  const auto executor = co_await boost::asio::this_coro::executor;
  while (Incoming incoming = co_await endpoint.accept()) spawn(executor, serve_connection(std::move(incoming)));
}

}  // namespace iroh::tools
