// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests: two quic::Endpoints in one virtual time, joined by a pipe that delays, drops and reorders. No Asio, no
// sockets.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "quic/endpoint/endpoint.hpp"

namespace iroh::quic {

struct PipeConfig {
  Duration delay = base::milliseconds(10);
  std::uint64_t loss_per_1000 = 0;
  std::uint64_t reorder_per_1000 = 0;  ///< such a datagram takes twice the delay
  std::uint64_t duplicate_per_1000 = 0;
  std::size_t mtu = 1500;  ///< larger datagrams vanish
};

/// The events of one type, in order.
template <class Event>
std::vector<Event> of_kind(const std::vector<ConnectionEvent>& events) {
  std::vector<Event> found;
  for (const auto& event : events) {
    if (const auto* match = std::get_if<Event>(&event)) found.push_back(*match);
  }
  return found;
}

class EndpointPair {
 public:
  explicit EndpointPair(std::uint64_t seed, PipeConfig pipe = {}, TransportConfig left = {},
                        TransportConfig right = {});

  Endpoint& left() noexcept { return *left_.endpoint; }
  Endpoint& right() noexcept { return *right_.endpoint; }
  Instant now() const noexcept { return now_; }
  const EndpointId& right_id() const noexcept { return right_.id; }
  const EndpointId& left_id() const noexcept { return left_.id; }

  /// left dials right; alpns as given.
  ConnectionHandle connect(std::vector<std::string> alpns = {"test"},
                           std::optional<EndpointId> expected = std::nullopt);
  void set_right_alpns(std::vector<std::string> alpns) { right_.alpns = std::move(alpns); }
  /// Runs until done() says so, or the time limit has passed; false then.
  bool run_until(const std::function<bool()>& done, Duration limit = base::seconds(60));
  void run_for(Duration duration);
  bool run_until_connected() {
    return run_until([this] { return left_connected() && right_connected(); });
  }

  Connection* left_connection() noexcept { return left_.handle ? left_.endpoint->connection(*left_.handle) : nullptr; }
  Connection* right_connection() noexcept {
    return right_.handle ? right_.endpoint->connection(*right_.handle) : nullptr;
  }
  /// Forgets the connections, which may go on, so that the next one can be followed; call connect() then.
  void forget_connections();
  /// right starts anew: same identity and address, new keys, no memory of anything.
  void restart_right();
  Connection* connection_of(bool of_left) noexcept { return of_left ? left_connection() : right_connection(); }
  bool left_connected() const noexcept { return left_.is_connected; }
  bool right_connected() const noexcept { return right_.is_connected; }
  const std::optional<CloseReason>& left_closed() const noexcept { return left_.closed; }
  const std::optional<CloseReason>& right_closed() const noexcept { return right_.closed; }
  /// What left learned about its 0-RTT.
  const std::optional<EarlyDataDecided>& early_data_decided() const noexcept { return left_.early_data_decided; }
  /// Clients that right met, in order.
  const std::vector<NewIncoming>& incoming() const noexcept { return right_.incoming; }
  const std::vector<StreamEvent>& left_events() const noexcept { return left_.events; }
  const std::vector<StreamEvent>& right_events() const noexcept { return right_.events; }
  /// All other events.
  const std::vector<ConnectionEvent>& left_others() const noexcept { return left_.others; }
  const std::vector<ConnectionEvent>& right_others() const noexcept { return right_.others; }
  void wake_left() { left_.endpoint->wake(*left_.handle); }
  void wake_right() { right_.endpoint->wake(*right_.handle); }

  /// Called for every datagram that would be delivered; returns false to drop it.
  std::function<bool(bool to_right, ByteSpan datagram)> filter;
  /// The same by addresses: returns false where nothing gets through.
  std::function<bool(const SocketAddr& from, const SocketAddr& to)> link;
  /// May change a datagram on its way.
  std::function<void(bool to_right, std::vector<std::byte>& datagram)> tamper;
  std::uint64_t delivered = 0;
  /// A datagram out of nowhere, from any source address.
  void inject(bool to_right, const SocketAddr& from, std::vector<std::byte> datagram);
  const SocketAddr& left_addr() const noexcept { return left_.addr; }
  const SocketAddr& right_addr() const noexcept { return right_.addr; }
  /// A further address of left or right, with the port of the first.
  SocketAddr add_left_addr(IpAddr ip) { return add_addr(left_, ip); }
  SocketAddr add_right_addr(IpAddr ip) { return add_addr(right_, ip); }
  /// From now on left's datagrams come from this address, as after a NAT has forgotten its mapping.
  void rebind_left(const SocketAddr& addr) { left_.addr = addr; }
  /// right turns clients away.
  void right_refuses(bool refuses) { right_refuses_ = refuses; }
  /// right has clients prove their address; without effect on those that have answered a Retry.
  void right_retries(bool retries) { right_retries_ = retries; }
  /// right lets clients wait; decide by accept_right().
  void right_hesitates(bool hesitates) { right_hesitates_ = hesitates; }
  void accept_right(IncomingId id);
  /// For right's connections from now on.
  std::optional<TransportConfig> right_transport;
  /// For connections of both sides that begin from now on.
  void set_qlog(const QlogFactory& factory) { *left_.qlog = *right_.qlog = factory; }
  const std::vector<std::string>& left_key_log() const noexcept { return *left_.key_log; }
  const std::vector<std::string>& right_key_log() const noexcept { return *right_.key_log; }

 private:
  struct Node {
    std::unique_ptr<base::SeededRandom> random;
    std::unique_ptr<Endpoint> endpoint;
    EndpointId id;
    SocketAddr addr;
    std::vector<std::string> alpns{"test"};
    std::vector<IpAddr> further{};
    std::optional<ConnectionHandle> handle{};
    bool is_connected = false;
    std::optional<CloseReason> closed{};
    std::optional<EarlyDataDecided> early_data_decided{};
    std::vector<NewIncoming> incoming{};
    std::shared_ptr<std::vector<std::string>> key_log{};
    std::shared_ptr<QlogFactory> qlog{};
    std::vector<StreamEvent> events{};
    std::vector<ConnectionEvent> others{};
  };
  struct InFlight {
    bool to_right;
    SocketAddr from;
    IpAddr to;
    Ecn ecn;
    std::vector<std::byte> datagram;
  };
  /// Key and random numbers come from the seed; restarts: how often the endpoint has been made anew.
  static Node make_node(std::uint64_t seed, const TransportConfig& config, SocketAddr addr, std::uint64_t restarts = 0);
  void turn(Node& node, bool is_left);
  void send(bool to_right, const Transmit& transmit, ByteSpan bytes);
  static SocketAddr add_addr(Node& node, IpAddr ip);
  void deliver(InFlight flight);
  void receive(Node& to, const FourTuple& four_tuple, Ecn ecn, std::vector<std::byte> datagram);
  std::optional<Instant> next_event() const;

  PipeConfig pipe_;
  base::SeededRandom random_;
  Instant now_{base::seconds(1000)};
  Node left_;
  Node right_;
  std::uint64_t seed_;
  std::uint64_t right_restarts_ = 0;
  TransportConfig right_config_;
  bool right_refuses_ = false;
  bool right_retries_ = false;
  bool right_hesitates_ = false;
  std::multimap<Instant, InFlight> in_flight_;
  std::vector<std::byte> buffer_;
};

}  // namespace iroh::quic
