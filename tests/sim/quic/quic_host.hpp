// SPDX-License-Identifier: MIT OR Apache-2.0
// A host that runs one bare quic::Endpoint in the simulated network: it drives the endpoint by its contract, notes what
// happens to each connection, and has what hosts have: several addresses, interfaces that go down, a NAT that forgets,
// a firewall. No Asio, no application; tests call the connections themselves and then wake().
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "iroh/identity/secret_key.hpp"
#include "quic/endpoint/endpoint.hpp"
#include "tests/sim/event_queue.hpp"
#include "tests/sim/link.hpp"
#include "tests/sim/node.hpp"

namespace iroh::sim {

class QuicNetwork;

/// What a connection has told so far; stays when the connection is gone.
struct ConnectionLog {
  bool is_connected = false;
  bool is_confirmed = false;
  bool is_drained = false;
  std::optional<quic::CloseReason> closed;
  std::vector<quic::ConnectionEvent> events;

  template <class Event>
  std::vector<Event> all() const {
    std::vector<Event> found;
    for (const auto& event : events) {
      if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
    }
    return found;
  }
};

class QuicHost final : public Node {
 public:
  using Handle = quic::ConnectionHandle;
  enum class Policy : std::uint8_t { accept, refuse, ignore, hold };

  QuicHost(QuicNetwork& network, std::vector<IpAddr> addresses, std::uint64_t seed, quic::EndpointConfig config);
  ~QuicHost() override;

  // ---- connections
  quic::Endpoint& endpoint() { return *endpoint_; }
  const EndpointId& id() const { return id_; }
  /// To the remote's first address, or to another one.
  Handle dial(const QuicHost& remote, std::optional<SocketAddr> to = std::nullopt,
              std::optional<quic::TransportConfig> transport = std::nullopt);
  Handle dial(const EndpointId& remote, const SocketAddr& to,
              std::optional<quic::TransportConfig> transport = std::nullopt);
  /// Null once it has drained.
  quic::Connection* connection(Handle handle) { return endpoint_->connection(handle); }
  quic::Connection* connection() { return handles_.empty() ? nullptr : connection(handles_.front()); }
  /// After application calls.
  void wake(Handle handle);
  void wake_all();
  /// In the order in which they came to be.
  const std::vector<Handle>& handles() const { return handles_; }
  ConnectionLog& log(Handle handle) { return logs_[handle]; }
  ConnectionLog& log() { return logs_[handles_.at(0)]; }

  // ---- what it does with strangers
  Policy policy = Policy::accept;
  std::vector<std::string> alpns{"test"};
  std::optional<quic::TransportConfig> accept_transport;
  std::vector<quic::NewIncoming> held;  ///< with Policy::hold
  void accept(quic::IncomingId id);
  void refuse(quic::IncomingId id);
  /// Sees every event of every connection as it comes.
  std::function<void(Handle, const quic::ConnectionEvent&)> on_event;

  // ---- the host in the network
  static constexpr std::uint16_t port = 4433;
  SocketAddr addr(std::size_t index = 0) const { return {addresses_.at(index), port}; }
  void set_interface_up(const IpAddr& ip, bool is_up);
  /// A NAT has forgotten its mapping: from now on what comes from inner seems to come from outer, and only that way
  /// leads back. Nobody is told.
  void rewrite(const SocketAddr& inner, const SocketAddr& outer) { rewrites_[inner] = outer; }
  /// To this address, lets in only what answers to something sent from it, as most home routers do.
  void set_firewall(const IpAddr& ip) { firewalls_.insert(ip); }
  /// Stopped: nothing is read, no timer runs (SIGSTOP). What arrives waits.
  void set_paused(bool is_paused);
  /// False: logs note the state of connections only. For tests that measure memory.
  bool keeps_events = true;
  /// What a received datagram pins: real sockets receive into slabs of 64 KiB.
  std::size_t slab_bytes = 0;
  std::size_t datagrams_received = 0;
  std::size_t datagrams_sent = 0;
  std::size_t bytes_received = 0;
  std::size_t bytes_sent = 0;

  /// Broken rules of the driving contract; tests expect none.
  const std::vector<std::string>& faults() const { return faults_; }

  void plug_in(Link& link) override { links_.push_back(&link); }
  bool accepts(const IpAddr& destination) const override;
  void receive(Packet packet) override;
  /// Without waiting for a link.
  void inject(const SocketAddr& from, std::vector<std::byte> payload);

 private:
  void request_turn();
  void turn();
  void feed();
  void serve_timers();
  bool drain_events();
  bool drain_transmits();
  void on(const quic::EndpointEvent& event);
  void on_connection_event(Handle handle, quic::ConnectionEvent event);
  void send(const quic::Transmit& transmit, base::ByteSpan bytes);
  void emit(Packet packet);
  Link* route(const IpAddr& source, const IpAddr& destination);
  std::optional<IpAddr> source_for(const quic::FourTuple& four_tuple);
  bool is_up(const IpAddr& ip) const;
  bool translate_in(Packet& packet) const;
  void arm_timer();
  void fault(std::string what);

  QuicNetwork& network_;
  std::vector<IpAddr> addresses_;
  base::SeededRandom random_;
  SecretKey key_;
  EndpointId id_;
  std::unique_ptr<quic::Endpoint> endpoint_;
  std::vector<Link*> links_;
  std::vector<Handle> handles_;
  std::map<Handle, ConnectionLog> logs_;

  std::set<IpAddr> down_;
  std::map<SocketAddr, SocketAddr> rewrites_;
  std::set<IpAddr> firewalls_;
  std::set<std::pair<SocketAddr, SocketAddr>> let_in_;  // remote, own

  std::deque<Packet> arrivals_;
  std::vector<std::byte> buffer_;
  bool is_paused_ = false;
  bool is_turn_requested_ = false;
  EventQueue::Key timer_;
  std::optional<base::Instant> timer_at_;
  base::Instant last_turn_{};
  std::size_t turns_at_this_instant_ = 0;
  std::vector<std::string> faults_;
};

}  // namespace iroh::sim
