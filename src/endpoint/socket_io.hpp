// SPDX-License-Identifier: MIT OR Apache-2.0
// Moves trains between the sockets and the core. Used on the endpoint's strand only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "endpoint/socket_set.hpp"
#include "quic/endpoint/endpoint.hpp"
#include "quic/transmit.hpp"

namespace iroh::endpoint {

class Driver;

class SocketIo {
 public:
  /// What poll_transmit() is given: a whole train.
  static constexpr std::size_t buffer_bytes = std::size_t{64} << 10;
  /// Trains that wait for a socket whose send buffer is full; more are dropped, as a full queue on the way would.
  /// Without a bound a network that stalls would make us buffer what congestion control has yet to hold back.
  static constexpr std::size_t blocked_trains_max = 8;

  explicit SocketIo(SocketList sockets);

  struct Received {
    bool any = false;
    bool has_more = false;  ///< maybe
  };
  /// Reads at most one round from each socket that may have something.
  Received receive(quic::Instant now, quic::Endpoint& core);
  /// The next receive() tries all sockets.
  void assume_readable();
  /// Memory for poll_transmit(), the thread's own: valid until the end of the turn. [performance.md §4]
  static quic::MutableByteSpan buffer();
  void send(const quic::Transmit& transmit) { send(transmit, transmit.four_tuple.remote, transmit.four_tuple.local); }
  /// A copy to another destination, from whatever address the system chooses.
  void send_copy(const quic::Transmit& transmit, const SocketAddr& remote) { send(transmit, remote, std::nullopt); }

  bool has_blocked() const;
  /// See net::UdpSocket.
  bool can_trim() const;
  void trim();

  /// After a turn: waits for what is not known to be ready, and then calls driver->on_socket_ready().
  void arm(const std::shared_ptr<Driver>& driver);
  void set_ready(std::size_t socket, net::Wait direction);
  void close();

  /// Since the endpoint was bound, also after close().
  struct Traffic {
    std::uint64_t sent_ipv4 = 0;  ///< bytes
    std::uint64_t sent_ipv6 = 0;
    std::uint64_t received_ipv4 = 0;
    std::uint64_t received_ipv6 = 0;
    std::uint64_t received_datagrams = 0;
    std::uint64_t received_trains = 0;  ///< of several datagrams each
  };
  Traffic traffic() const;

  const SocketList& sockets() const noexcept { return sockets_; }

 private:
  using Buffer = std::vector<std::byte>;
  struct Train {
    std::unique_ptr<Buffer> buffer;
    net::SendBatch batch;
  };
  struct State {
    bool is_readable = true;
    bool is_waiting_readable = false;
    bool is_waiting_writable = false;
    std::vector<Train> blocked;
  };

  void send(const quic::Transmit& transmit, const SocketAddr& remote, const std::optional<IpAddr>& source);
  void keep(State& state, const net::SendBatch& batch);
  void send_blocked(std::size_t socket);

  SocketList sockets_;
  std::vector<State> states_;  // one per socket
  std::vector<net::ReceivedBatch> received_;
  std::uint64_t received_trains_ = 0;
  Traffic final_traffic_;  // of sockets that are closed
};

}  // namespace iroh::endpoint
