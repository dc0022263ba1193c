// SPDX-License-Identifier: MIT OR Apache-2.0
// What is known of where remotes are, from the application and from connections. [endpoint.md §5.2], steps 1 and 2
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "iroh/base/socket_addr.hpp"
#include "iroh/identity/endpoint_id.hpp"

namespace iroh::endpoint {

class AddressBook {
 public:
  /// How long a remote without connections is remembered. [endpoint.md 53]
  static constexpr base::Duration idle_time = base::seconds(60);
  /// Addresses of one remote; more push out the oldest. Without it a program that dials again and again with new
  /// addresses would grow for ever.
  static constexpr std::size_t addresses_max = 64;
  /// Remembered remotes without connections. Without it clients with ever new keys fill memory within idle_time.
  static constexpr std::size_t idle_remotes_max = 1024;

  void insert(const EndpointId& remote, std::span<const SocketAddr> addrs, base::Instant now);
  /// In the order in which they became known; a view that the next insert may invalidate.
  std::span<const SocketAddr> addresses(const EndpointId& remote) const;

  /// A connection, or an attempt at one, keeps the remote's addresses until it is removed.
  void add_connection(const EndpointId& remote, base::Instant now);
  void remove_connection(const EndpointId& remote, base::Instant now);

  /// A path to the address was validated. The address is learnt if it was not known.
  void open_path(const EndpointId& remote, const SocketAddr& addr, base::Instant now);
  /// True if that was the last open path to the address.
  bool close_path(const EndpointId& remote, const SocketAddr& addr);

  struct Known {
    SocketAddr addr;
    std::size_t open_paths = 0;
  };
  /// Nothing if the remote is not remembered.
  std::optional<std::vector<Known>> find(const EndpointId& remote) const;

  std::size_t size() const noexcept { return remotes_.size(); }

 private:
  struct Remote {
    std::vector<SocketAddr> addrs;
    std::vector<std::size_t> open_paths;  // one per address
    std::size_t connections = 0;
    base::Instant last_used;
  };

  static std::size_t learn(Remote& remote, const SocketAddr& addr);
  void forget_idle(base::Instant now);

  std::unordered_map<EndpointId, Remote> remotes_;
  std::size_t idle_count_ = 0;
  base::Instant next_sweep_{};
};

}  // namespace iroh::endpoint
