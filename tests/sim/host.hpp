// SPDX-License-Identifier: MIT OR Apache-2.0
// A simulated host: addresses, links, bound sockets, and a source of randomness of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "iroh/base/result.hpp"
#include "tests/sim/node.hpp"

namespace iroh::sim {

class SimSocket;
class World;

struct HostConfig {
  std::size_t receive_buffer_bytes = std::size_t{4} << 20;  ///< per socket; more is dropped, as a kernel would
  std::size_t max_segments = 64;                            ///< 1: a host without segmentation offload
  bool coalesces = true;                                    ///< false: a host without receive offload
  bool has_ecn = true;
  bool reports_local_address = true;
};

class Host final : public Node {
 public:
  Host(World& world, std::vector<IpAddr> addresses, std::uint64_t random_seed);

  World& world() { return world_; }
  base::Random& random() { return random_; }
  const std::vector<IpAddr>& addresses() const { return addresses_; }
  /// An interface change: sockets bound to an address that is gone stay, but nothing reaches them.
  void set_addresses(std::vector<IpAddr> addresses) { addresses_ = std::move(addresses); }
  HostConfig& config() { return config_; }
  const HostConfig& config() const { return config_; }

  /// While blocked, send() of every socket says would_block; unblocking makes them writable.
  void set_sending_blocked(bool is_blocked);
  bool is_sending_blocked() const { return is_sending_blocked_; }

  void plug_in(Link& link) override { links_.push_back(&link); }
  bool accepts(const IpAddr& destination) const override;
  void receive(Packet packet) override;

  // For World and SimSocket:
  void drop_waiting_handlers();
  Result<SocketAddr> bind(SimSocket& socket, const SocketAddr& wanted);
  void unbind(SimSocket& socket);
  /// From a socket into the network. An unspecified source address becomes the host's first one of the family.
  void transmit(Packet packet);

 private:
  bool is_free(const SocketAddr& addr) const;
  Result<std::uint16_t> free_port(const IpAddr& ip);
  SimSocket* socket_for(const SocketAddr& destination) const;
  bool is_own(const IpAddr& ip) const { return ip.is_loopback() || accepts(ip); }
  bool set_source(Packet& packet) const;

  World& world_;
  std::vector<IpAddr> addresses_;
  HostConfig config_;
  base::SeededRandom random_;
  std::vector<Link*> links_;
  std::vector<SimSocket*> sockets_;
  std::uint16_t next_port_ = 49152;
  bool is_sending_blocked_ = false;
};

}  // namespace iroh::sim
