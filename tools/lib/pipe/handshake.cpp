// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/pipe/handshake.hpp"
#include "tools/lib/as_values.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <string>

namespace iroh::tools {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

/// False once it cannot become the handshake any more.
Task<bool> read_piece(RecvStream recv, std::string& got) {
  auto [error, piece] = co_await recv.read(pipe_handshake.size() - got.size(), as_values);
  if (error || piece.empty()) co_return false;
  got += piece.text();
  co_return pipe_handshake.starts_with(got);
}

// GCC 12.2 generates a trap for `if (!co_await ...) co_return` inside a loop; a variable avoids that.
Task<bool> read_rest(RecvStream recv, std::string& got) {
  bool is_possible = true;
  while (is_possible && got.size() < pipe_handshake.size()) is_possible = co_await read_piece(recv, got);
  co_return is_possible;
}

Task<> time_out() {
  asio::steady_timer timer(co_await asio::this_coro::executor, handshake_time);
  co_await timer.async_wait(as_values);
}

}  // namespace

Task<bool> read_handshake(RecvStream recv) {
  std::string got;
  if (!co_await read_piece(recv, got)) co_return false;
  if (got.size() == pipe_handshake.size()) co_return true;
  const auto outcome = co_await (read_rest(recv, got) || time_out());
  co_return outcome.index() == 0 && std::get<0>(outcome);
}

}  // namespace iroh::tools
