// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/host.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/link.hpp"
#include "tests/sim/sim_socket.hpp"
#include "tests/sim/world.hpp"

namespace iroh::sim {

Host::Host(World& world, std::vector<IpAddr> addresses, std::uint64_t random_seed)
    : world_(world), addresses_(std::move(addresses)), random_(random_seed) {}

bool Host::accepts(const IpAddr& destination) const {
  return std::ranges::find(addresses_, destination) != addresses_.end();
}

void Host::set_sending_blocked(bool is_blocked) {
  is_sending_blocked_ = is_blocked;
  if (is_blocked) return;
  for (SimSocket* socket : sockets_) socket->became_writable();
}

void Host::drop_waiting_handlers() {
  // A dropped handler may destroy its socket, which leaves the list.
  const auto sockets = sockets_;
  for (SimSocket* socket : sockets) {
    if (std::ranges::find(sockets_, socket) != sockets_.end()) socket->drop_waiting_handlers();
  }
}

Result<SocketAddr> Host::bind(SimSocket& socket, const SocketAddr& wanted) {
  if (!wanted.ip().is_unspecified() && !is_own(wanted.ip())) {
    return std::unexpected(make_error_code(boost::system::errc::address_not_available));
  }
  SocketAddr addr = wanted;
  if (wanted.port() == 0) {
    const auto port = free_port(wanted.ip());
    if (!port) return std::unexpected(port.error());
    addr = SocketAddr(wanted.ip(), *port);
  } else if (!is_free(wanted)) {
    return std::unexpected(make_error_code(boost::system::errc::address_in_use));
  }
  sockets_.push_back(&socket);
  return addr;
}

void Host::unbind(SimSocket& socket) {
  std::erase(sockets_, &socket);
}

// As on Linux: a wildcard address collides with every address of its family.
bool Host::is_free(const SocketAddr& addr) const {
  return std::ranges::none_of(sockets_, [&](const SimSocket* socket) {
    const SocketAddr other = socket->local_addr();
    return other.port() == addr.port() && other.is_v4() == addr.is_v4() &&
           (other.ip() == addr.ip() || other.ip().is_unspecified() || addr.ip().is_unspecified());
  });
}

Result<std::uint16_t> Host::free_port(const IpAddr& ip) {
  constexpr std::uint16_t first_dynamic_port = 49152;
  for (int tries = first_dynamic_port; tries <= 65535; ++tries) {
    const std::uint16_t port = next_port_;
    next_port_ = port == 65535 ? first_dynamic_port : static_cast<std::uint16_t>(port + 1);
    if (is_free(SocketAddr(ip, port))) return port;
  }
  return std::unexpected(make_error_code(boost::system::errc::address_in_use));
}

bool Host::set_source(Packet& packet) const {
  const IpAddr& from = packet.source.ip();
  if (!from.is_unspecified()) return true;
  const bool is_v4 = packet.destination.is_v4();
  if (packet.destination.ip().is_loopback()) {
    packet.source = SocketAddr(packet.destination.ip(), packet.source.port());
    return true;
  }
  const auto own = std::ranges::find(addresses_, is_v4, &IpAddr::is_v4);
  if (own == addresses_.end()) return false;
  packet.source = SocketAddr(*own, packet.source.port());
  return true;
}

void Host::transmit(Packet packet) {
  const bool has_source = set_source(packet);
  world_.trace().record(world_.now(), Fate::sent, packet);
  const IpAddr destination = packet.destination.ip();
  if (is_own(destination)) {
    world_.events().schedule(world_.now(),
                             [this, packet = std::move(packet)]() mutable { receive(std::move(packet)); });
    return;
  }
  const auto link = std::ranges::find_if(links_, [&](Link* one) { return one->other_end(*this).accepts(destination); });
  if (has_source && link != links_.end()) {
    (*link)->from(*this).transmit(std::move(packet));
  } else {
    world_.trace().record(world_.now(), Fate::dropped_no_route, packet);
  }
}

void Host::receive(Packet packet) {
  SimSocket* socket = is_own(packet.destination.ip()) ? socket_for(packet.destination) : nullptr;
  if (socket == nullptr) {
    world_.trace().record(world_.now(), Fate::dropped_no_socket, packet);
    return;
  }
  const bool has_room = socket->has_room_for(packet);
  world_.trace().record(world_.now(), has_room ? Fate::delivered : Fate::dropped_buffer, packet);
  socket->deliver(std::move(packet));
}

SimSocket* Host::socket_for(const SocketAddr& destination) const {
  SimSocket* wildcard = nullptr;
  for (SimSocket* socket : sockets_) {
    const SocketAddr bound = socket->local_addr();
    if (bound.port() != destination.port() || bound.is_v4() != destination.is_v4()) continue;
    if (bound.ip() == destination.ip()) return socket;
    if (bound.ip().is_unspecified()) wildcard = socket;
  }
  return wildcard;
}

}  // namespace iroh::sim
