// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/pipe/peer_queue.hpp"
#include "tools/lib/as_values.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <utility>

#include "base/log.hpp"
#include "tools/lib/pipe/handshake.hpp"

namespace iroh::tools {
namespace {

namespace asio = boost::asio;
}  // namespace

PeerQueue::PeerQueue(const asio::any_io_executor& executor, Endpoint endpoint, bool has_handshake)
    : endpoint_(std::move(endpoint)),
      has_handshake_(has_handshake),
      accepting_(executor),
      waiting_(executor),
      decided_(executor, asio::steady_timer::time_point::max()) {}

Task<std::optional<PipePeer>> PeerQueue::first() {
  accepting_.spawn(accept_all());
  while (!is_decided_) {
    auto [error] = co_await decided_.async_wait(as_values);
    if (error && !is_decided_) break;  // cancelled from outside
  }
  is_decided_ = true;
  waiting_.cancel_all();
  co_return std::exchange(winner_, std::nullopt);
}

Task<> PeerQueue::stop() {
  accepting_.cancel_all();
  waiting_.cancel_all();
  co_await accepting_.join();
  co_await waiting_.join();
}

Task<> PeerQueue::accept_all() {
  for (;;) {
    auto [error, incoming] = co_await endpoint_.accept(as_values);
    if (error || !incoming) break;
    if (is_decided_) {
      incoming.refuse();
      continue;
    }
    if (waiting_.size() >= waiting_max) waiting_.cancel_oldest();
    waiting_.spawn(greet(std::move(incoming)));
  }
  is_decided_ = true;
  decided_.cancel();
}

// A peer that fails here is dropped, which closes its connection with code 0, and the listener goes on.
Task<> PeerQueue::greet(Incoming incoming) {
  auto [accept_error, connection] = co_await incoming.accept(as_values);
  if (accept_error)
    co_return base::log(base::LogLevel::info, "pipe", "a peer failed to connect: {}", accept_error.message());
  auto [stream_error, stream] = co_await connection.accept_bi(as_values);
  if (stream_error) co_return;
  if (has_handshake_ && !co_await read_handshake(stream.recv)) {
    base::log(base::LogLevel::warn, "pipe", "invalid handshake from {}", connection.remote_id().short_string());
    static_cast<void>(stream.send.reset(0));
    static_cast<void>(stream.recv.stop(0));
    connection.close(0, "invalid handshake");
    co_return;
  }
  if (std::exchange(is_decided_, true)) co_return;
  winner_ = PipePeer{std::move(connection), std::move(stream)};
  decided_.cancel();
}

}  // namespace iroh::tools
