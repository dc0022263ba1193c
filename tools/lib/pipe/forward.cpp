// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/pipe/forward.hpp"
#include "tools/lib/as_values.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <tuple>

#include "base/log.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/pipe/handshake.hpp"
#include "tools/lib/task_group.hpp"

namespace iroh::tools {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

// After a failed accept, which is usually for want of descriptors; others may free some.
constexpr std::chrono::milliseconds accept_pause{100};

template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  base::log(base::LogLevel::warn, "pipe", format, std::forward<Args>(args)...);
}

/// Interactive traffic must not wait for full segments. Not for Unix sockets, where this fails. [tools.md §3.6]
void set_no_delay(LocalSocket& socket) {
  const int on = 1;
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Task<PipeResult> pipe_to_socket(Connection connection, BiStream stream, LocalSocket socket) {
  const auto executor = co_await asio::this_coro::executor;
  set_no_delay(socket);
  co_return co_await pipe_copy(std::move(connection), std::move(stream), socket_end(executor, socket.release()));
}

// ---- From peers to local sockets

class StreamForwarder {
 public:
  StreamForwarder(const asio::any_io_executor& executor, PipeSession session, std::vector<LocalEndpoint> targets)
      : session_(std::move(session)), targets_(std::move(targets)), tasks_(executor) {}

  Task<> accept_all() {
    for (;;) {
      auto [error, incoming] = co_await session_.endpoint.accept(as_values);
      if (error || !incoming) co_return;
      if (connections_ >= forwarded_connections_max) {
        incoming.refuse();
        continue;
      }
      tasks_.spawn(serve(std::move(incoming)));
    }
  }

  Task<> stop() {
    tasks_.cancel_all();
    co_await tasks_.join();
  }

 private:
  struct Count {
    explicit Count(std::size_t& count) : value(count) { ++value; }
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;
    ~Count() { --value; }
    std::size_t& value;
  };

  // [tools.md 51] Whatever goes wrong here is the matter of this peer alone.
  Task<> serve(Incoming incoming) {
    const Count count(connections_);
    auto [accept_error, connection] = co_await incoming.accept(as_values);
    if (accept_error) co_return warn("a peer failed to connect: {}", accept_error.message());
    // [tools.md 41] Any number of streams, one after the other or at once.
    for (;;) {
      auto [stream_error, stream] = co_await connection.accept_bi(as_values);
      if (stream_error) co_return;
      tasks_.spawn(serve_stream(connection, std::move(stream)));
    }
  }

  Task<> serve_stream(Connection connection, BiStream stream) {
    const PipeResult result = co_await try_stream(connection, stream);
    if (result.is_ok) co_return;
    warn("pipe with {}: {}", connection.remote_id().short_string(), result.error);
    // Fails if the copying has done it already.
    static_cast<void>(stream.send.reset(0));
    static_cast<void>(stream.recv.stop(0));
  }

  Task<PipeResult> try_stream(Connection connection, BiStream stream) {
    if (session_.protocol.has_handshake && !co_await read_handshake(stream.recv))
      co_return pipe_failure("invalid handshake");
    LocalSocket socket(co_await asio::this_coro::executor);
    error_code error = asio::error::host_not_found;
    for (const LocalEndpoint& target : targets_) {
      error_code ignored;
      socket.close(ignored);
      std::tie(error) = co_await socket.async_connect(target, as_values);
      if (!error) co_return co_await pipe_to_socket(std::move(connection), std::move(stream), std::move(socket));
    }
    // [tools.md 37]
    co_return pipe_failure("cannot connect to the target: " + error.message());
  }

  PipeSession session_;
  const std::vector<LocalEndpoint> targets_;
  TaskGroup tasks_;
  std::size_t connections_ = 0;
};

// ---- From local sockets to the peer

Task<> forward_socket(PipeSession session, LocalSocket socket) {
  OpenedPipe pipe = co_await open_pipe(std::move(session));
  if (pipe.result.is_ok)
    pipe.result = co_await pipe_to_socket(pipe.connection, std::move(pipe.stream), std::move(socket));
  if (!pipe.result.is_ok) warn("{}", pipe.result.error);
  pipe.connection.close(0);
}

Task<> accept_sockets(PipeSession session, LocalAcceptor& acceptor, TaskGroup& tasks) {
  const auto executor = co_await asio::this_coro::executor;
  for (;;) {
    LocalSocket socket(executor);
    auto [error] = co_await acceptor.async_accept(socket, as_values);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      warn("accept: {}", error.message());
      co_await asio::steady_timer(executor, accept_pause).async_wait(as_values);
      continue;
    }
    // A connection of its own for each pipe: an upstream listener serves one stream per connection. [tools.md §3.6]
    tasks.spawn(forward_socket(session, std::move(socket)));
  }
}

}  // namespace

Task<int> forward_streams(PipeSession session, std::vector<LocalEndpoint> targets, Interrupt& interrupt) {
  StreamForwarder forwarder(co_await asio::this_coro::executor, session, std::move(targets));
  co_await (forwarder.accept_all() || interrupt.wait());
  interrupt.exit_on_next();
  print_lines({"got ctrl-c, exiting"});
  co_await forwarder.stop();
  co_await session.endpoint.close(as_values);
  co_return exit_ok;
}

Task<int> forward_sockets(PipeSession session, LocalAcceptor& acceptor, Interrupt& interrupt) {
  TaskGroup tasks(co_await asio::this_coro::executor);
  co_await (accept_sockets(session, acceptor, tasks) || interrupt.wait());
  interrupt.exit_on_next();
  print_lines({"got ctrl-c, exiting"});
  tasks.cancel_all();
  co_await tasks.join();
  co_await session.endpoint.close(as_values);
  co_return exit_ok;
}

std::vector<LocalEndpoint> resolve(const asio::any_io_executor& executor, const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == address.npos || colon + 1 == address.size()) throw Failure("no port in '" + address + "'");
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  asio::ip::tcp::resolver resolver(executor);
  error_code error;
  const auto results = resolver.resolve(host, address.substr(colon + 1), error);
  if (error) throw Failure("cannot resolve '" + address + "': " + error.message());
  std::vector<LocalEndpoint> endpoints;
  for (const auto& result : results) endpoints.emplace_back(result.endpoint());
  return endpoints;
}

}  // namespace iroh::tools
