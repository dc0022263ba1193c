// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/sim_platform.hpp"

#include "tests/sim/host.hpp"
#include "tests/sim/sim_socket.hpp"
#include "tests/sim/sim_timer.hpp"
#include "tests/sim/world.hpp"

namespace iroh::sim {

base::Instant SimPlatform::now() {
  return host_.world().now();
}

base::Random& SimPlatform::random() {
  return host_.random();
}

Result<std::unique_ptr<net::UdpSocket>> SimPlatform::bind_udp(const SocketAddr& local) {
  auto socket = std::make_unique<SimSocket>(host_, executor_);
  if (const auto bound = socket->bind(local); !bound) return std::unexpected(bound.error());
  return socket;
}

std::unique_ptr<net::Timer> SimPlatform::make_timer() {
  return std::make_unique<SimTimer>(host_.world(), executor_);
}

std::vector<net::InterfaceAddr> SimPlatform::interface_addresses() {
  std::vector<net::InterfaceAddr> out;
  out.push_back({.name = "lo", .ip = IpAddr::v4_loopback(), .is_loopback = true, .is_up = true});
  out.push_back({.name = "lo", .ip = IpAddr::v6_loopback(), .is_loopback = true, .is_up = true});
  for (const IpAddr& ip : host_.addresses()) out.push_back({.name = "eth0", .ip = ip, .is_up = true});
  return out;
}

}  // namespace iroh::sim
