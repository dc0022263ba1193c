// SPDX-License-Identifier: MIT OR Apache-2.0
/// Snapshots of a connection's paths and counters. [endpoint.md §3.8, §3.9]
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "iroh/base/socket_addr.hpp"
#include "iroh/identity/transport_addr.hpp"

namespace iroh {

struct UdpCounters {
  std::uint64_t datagrams = 0;
  std::uint64_t bytes = 0;
};

struct PathStats {
  std::chrono::nanoseconds rtt{0};  ///< smoothed
  UdpCounters udp_tx;
  UdpCounters udp_rx;
  std::uint64_t congestion_window = 0;  ///< bytes
  std::uint64_t bytes_in_flight = 0;
  std::uint64_t congestion_events = 0;
  std::uint64_t sent_packets = 0;
  std::uint64_t lost_packets = 0;
  std::uint64_t lost_bytes = 0;
  std::uint16_t current_mtu = 0;
};

/// What an end wants a path for. [quic.md §4.8]
enum class PathStatus : std::uint8_t {
  available,
  backup,  ///< only if no available path works
};

/// One open path.
struct Path {
  std::uint32_t id = 0;  ///< never used again in this connection
  TransportAddr remote_addr = SocketAddr();
  std::optional<IpAddr> local_addr;                  ///< if the system tells
  bool is_selected = false;                          ///< application data takes this path
  PathStatus status = PathStatus::available;         ///< ours
  PathStatus remote_status = PathStatus::available;  ///< the peer's
  PathStats stats;

  bool is_ip() const noexcept { return remote_addr.is_ip(); }
  bool is_relay() const noexcept { return remote_addr.is_relay(); }
  std::chrono::nanoseconds rtt() const noexcept { return stats.rtt; }
};

/// Sums over all current and former paths.
struct ConnectionStats {
  UdpCounters udp_tx;
  UdpCounters udp_rx;
  std::uint64_t udp_tx_batches = 0;  ///< sends handed to the socket
  std::uint64_t sent_packets = 0;
  std::uint64_t lost_packets = 0;
  std::uint64_t lost_bytes = 0;
  std::uint64_t acks_sent = 0;
  std::uint64_t key_updates = 0;  ///< that the peer has made
};

}  // namespace iroh
