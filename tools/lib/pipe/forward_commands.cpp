// SPDX-License-Identifier: MIT OR Apache-2.0
// `iroh pipe listen-tcp`, `connect-tcp`, `listen-unix` and `connect-unix`.
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>

#include "tools/lib/failure.hpp"
#include "tools/lib/pipe/commands.hpp"
#include "tools/lib/pipe/forward.hpp"
#include "tools/lib/pipe/socket_file.hpp"

namespace iroh::tools {
namespace {

namespace asio = boost::asio;

/// Listens on the first of the addresses that can be bound.
LocalAcceptor listen_on(const asio::any_io_executor& executor, const std::vector<LocalEndpoint>& addresses,
                        const std::string& typed) {
  error_code error;
  for (const LocalEndpoint& address : addresses) {
    LocalAcceptor acceptor(executor);
    acceptor.open(address.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(address, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) return acceptor;
  }
  // [tools.md 38]
  throw Failure("cannot listen on '" + typed + "': " + error.message());
}

}  // namespace

Task<int> pipe_listen_tcp(PipeOptions options) {
  const auto executor = co_await asio::this_coro::executor;
  std::vector<LocalEndpoint> targets = resolve(executor, options.address);
  PipeSession session = co_await open_session(options, true);
  Interrupt interrupt(executor);
  print_lines(listen_tcp_lines(options.address, session.endpoint.addr(), options.verbosity > 0));
  co_return co_await forward_streams(session, std::move(targets), interrupt);
}

Task<int> pipe_listen_unix(PipeOptions options) {
  const auto executor = co_await asio::this_coro::executor;
  if (options.socket_path.size() >= sizeof(sockaddr_un::sun_path)) throw Failure("the path of the socket is too long");
  std::vector<LocalEndpoint> targets{asio::local::stream_protocol::endpoint(options.socket_path)};
  PipeSession session = co_await open_session(options, true);
  Interrupt interrupt(executor);
  print_lines(listen_unix_lines(options.socket_path, session.endpoint.addr(), options.verbosity > 0));
  co_return co_await forward_streams(session, std::move(targets), interrupt);
}

Task<int> pipe_connect_tcp(PipeOptions options) {
  const auto executor = co_await asio::this_coro::executor;
  // Before the key is read. [tools.md §3.6]
  LocalAcceptor acceptor = listen_on(executor, resolve(executor, options.address), options.address);
  PipeSession session = co_await open_session(options, false);
  Interrupt interrupt(executor);
  co_return co_await forward_sockets(session, acceptor, interrupt);
}

Task<int> pipe_connect_unix(PipeOptions options) {
  const auto executor = co_await asio::this_coro::executor;
  PipeSession session = co_await open_session(options, false);
  Interrupt interrupt(executor);
  SocketFile file(options.socket_path);
  LocalAcceptor acceptor(executor, asio::generic::stream_protocol(AF_UNIX, 0), file.release_fd());
  co_return co_await forward_sockets(session, acceptor, interrupt);
}

}  // namespace iroh::tools
