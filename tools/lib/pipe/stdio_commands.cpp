// SPDX-License-Identifier: MIT OR Apache-2.0
// `iroh pipe listen` and `iroh pipe connect`: one pipe between standard input and output and a peer.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdio>

#include "tools/lib/as_values.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/interrupt.hpp"
#include "tools/lib/pipe/commands.hpp"
#include "tools/lib/pipe/peer_queue.hpp"
#include "tools/lib/pipe/session.hpp"
#include "tools/lib/secret.hpp"

namespace iroh::tools {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

/// Shared with the code that looks at the exit code after a signal. [tools.md §3.7]
struct Progress {
  bool has_pipe = false;
};

Task<PipeResult> pipe_to_stdio(Connection connection, BiStream stream, bool recv_only, Progress& progress) {
  progress.has_pipe = true;
  LocalEnd local = stdio_end(co_await asio::this_coro::executor, recv_only);
  PipeResult result = co_await pipe_copy(connection, std::move(stream), std::move(local));
  connection.close(0);
  co_return result;
}

Task<PipeResult> serve_first(PeerQueue& queue, bool recv_only, Progress& progress) {
  auto peer = co_await queue.first();
  if (!peer) co_return pipe_failure("cancelled");
  co_return co_await pipe_to_stdio(peer->connection, std::move(peer->stream), recv_only, progress);
}

Task<PipeResult> dial(PipeSession session, bool recv_only, Progress& progress) {
  OpenedPipe pipe = co_await open_pipe(std::move(session));
  if (!pipe.result.is_ok) co_return pipe.result;
  co_return co_await pipe_to_stdio(pipe.connection, std::move(pipe.stream), recv_only, progress);
}

/// Runs the pipe until it ends or a signal comes.
Task<int> run_until_signal(Interrupt& interrupt, Task<PipeResult> pipe, const Progress& progress) {
  const auto outcome = co_await (std::move(pipe) || interrupt.wait());
  interrupt.exit_on_next();
  if (outcome.index() == 1 && !progress.has_pipe) co_return exit_interrupted;
  const PipeResult result = outcome.index() == 0 ? std::get<0>(outcome) : pipe_failure("cancelled");
  if (result.is_ok) co_return exit_ok;
  print_error(result.error);
  co_return exit_failure;
}

}  // namespace

Task<int> pipe_generate_ticket() {
  const Secret secret = secret_from_environment();
  if (secret.is_generated) print_lines({secret_key_line(secret.key)});
  // [tools.md 29]
  std::puts(EndpointTicket(secret.key.public_key()).to_string().c_str());
  co_return exit_ok;
}

Task<int> pipe_listen(PipeOptions options) {
  const auto executor = co_await asio::this_coro::executor;
  PipeSession session = co_await open_session(options, true);
  Interrupt interrupt(executor);
  PeerQueue queue(executor, session.endpoint, session.protocol.has_handshake);
  Progress progress;
  print_lines(listen_lines(session.endpoint.addr(), options.verbosity > 0));
  const int exit_code = co_await run_until_signal(interrupt, serve_first(queue, options.recv_only, progress), progress);
  // [tools.md §3.7] On every path; the close is delivered before the process ends.
  co_await session.endpoint.close(as_values);
  co_await queue.stop();
  co_return exit_code;
}

Task<int> pipe_connect(PipeOptions options) {
  PipeSession session = co_await open_session(options, false);
  Interrupt interrupt(co_await asio::this_coro::executor);
  Progress progress;
  const int exit_code = co_await run_until_signal(interrupt, dial(session, options.recv_only, progress), progress);
  co_await session.endpoint.close(as_values);
  co_return exit_code;
}

}  // namespace iroh::tools
