// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/socket_io.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "endpoint/driver.hpp"

namespace iroh::endpoint {

SocketIo::SocketIo(SocketList sockets)
    : sockets_(std::move(sockets)), states_(sockets_.size()), received_(net::receive_batches_max) {}

quic::MutableByteSpan SocketIo::buffer() {
  // Not initialised: only pages that trains need are ever touched.
  thread_local const auto memory = std::make_unique_for_overwrite<std::byte[]>(buffer_bytes);
  return {memory.get(), buffer_bytes};
}

SocketIo::Received SocketIo::receive(quic::Instant now, quic::Endpoint& core) {
  Received result;
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    if (!states_[i].is_readable) continue;
    const std::size_t count = sockets_[i].socket->receive(received_);
    // A round that is not full has emptied the socket: what comes later makes it readable again.
    states_[i].is_readable = count == received_.size();
    result.any = result.any || count > 0;
    result.has_more = result.has_more || states_[i].is_readable;
    for (net::ReceivedBatch& batch : std::span(received_).first(count)) {
      if (batch.payload.size() > batch.segment_size) ++received_trains_;
      core.handle_datagrams(now, {
                                     // [endpoint.md 42] canonical addresses everywhere
                                     .four_tuple = {batch.remote.canonical(), batch.local},
                                     .ecn = static_cast<quic::Ecn>(batch.ecn),
                                     .buffer = std::move(batch.buffer),
                                     .payload = batch.payload,
                                     .segment_size = batch.segment_size,
                                 });
    }
  }
  return result;
}

void SocketIo::assume_readable() {
  for (State& state : states_) state.is_readable = true;
}

bool SocketIo::can_trim() const {
  return std::ranges::any_of(sockets_, [](const BoundSocket& bound) { return bound.socket->can_trim(); });
}

void SocketIo::trim() {
  for (BoundSocket& bound : sockets_) bound.socket->trim();
}

bool SocketIo::has_blocked() const {
  return std::ranges::any_of(states_, [](const State& state) { return !state.blocked.empty(); });
}

void SocketIo::send(const quic::Transmit& transmit, const SocketAddr& remote, const std::optional<IpAddr>& source) {
  const auto selected = select_socket(sockets_, remote, source);
  if (!selected) {
    // [endpoint.md §4.3] A datagram without a way out counts as sent, and is recovered as a loss.
    base::log(base::LogLevel::debug, "endpoint", "no socket leads to {}", remote.to_string());
    return;
  }
  const net::SendBatch batch{
      .remote = remote,
      .local = source,
      .ecn = static_cast<std::uint8_t>(transmit.ecn),
      .payload = buffer().first(transmit.size),
      .segment_size = transmit.segment_size,
  };
  State& state = states_[*selected];
  // [endpoint.md 35] Only this socket's trains wait for it.
  if (!state.blocked.empty() || sockets_[*selected].socket->send(batch) == net::SendStatus::would_block)
    keep(state, batch);
}

void SocketIo::keep(State& state, const net::SendBatch& batch) {
  if (state.blocked.size() >= blocked_trains_max) return;
  auto copy = std::make_unique<Buffer>(batch.payload.begin(), batch.payload.end());
  net::SendBatch kept = batch;
  kept.payload = *copy;
  state.blocked.push_back({std::move(copy), kept});
}

void SocketIo::send_blocked(std::size_t socket) {
  auto& blocked = states_[socket].blocked;
  const auto unsent = std::ranges::find_if(blocked, [&](const Train& train) {
    return sockets_[socket].socket->send(train.batch) == net::SendStatus::would_block;
  });
  blocked.erase(blocked.begin(), unsent);
}

void SocketIo::arm(const std::shared_ptr<Driver>& driver) {
  const auto wait = [&](std::size_t socket, net::Wait direction, bool& is_waiting) {
    if (std::exchange(is_waiting, true)) return;
    sockets_[socket].socket->async_wait(direction,
                                        [driver, socket, direction] { driver->on_socket_ready(socket, direction); });
  };
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    State& state = states_[i];
    if (!state.is_readable) wait(i, net::Wait::readable, state.is_waiting_readable);
    if (!state.blocked.empty()) wait(i, net::Wait::writable, state.is_waiting_writable);
  }
}

void SocketIo::set_ready(std::size_t socket, net::Wait direction) {
  if (socket >= states_.size()) return;  // closed meanwhile
  if (direction == net::Wait::readable) {
    states_[socket].is_waiting_readable = false;
    states_[socket].is_readable = true;
  } else {
    states_[socket].is_waiting_writable = false;
    send_blocked(socket);
  }
}

SocketIo::Traffic SocketIo::traffic() const {
  Traffic result = final_traffic_;
  for (const BoundSocket& bound : sockets_) {
    const net::UdpSocketStats stats = bound.socket->stats();
    (bound.addr.is_v4() ? result.sent_ipv4 : result.sent_ipv6) += stats.sent_bytes;
    (bound.addr.is_v4() ? result.received_ipv4 : result.received_ipv6) += stats.received_bytes;
    result.received_datagrams += stats.received_datagrams;
  }
  result.received_trains = received_trains_;
  return result;
}

void SocketIo::close() {
  final_traffic_ = traffic();
  for (BoundSocket& bound : sockets_) bound.socket->close();
  sockets_.clear();
  states_.clear();
}

}  // namespace iroh::endpoint
