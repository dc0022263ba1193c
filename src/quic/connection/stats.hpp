// SPDX-License-Identifier: MIT OR Apache-2.0
// Counters of a connection and its paths. [endpoint.md §3.9]
#pragma once

#include <cstdint>

#include "quic/types.hpp"

namespace iroh::quic {

struct PathStats {
  PathId id = path_zero;
  FourTuple four_tuple;
  Duration rtt{};
  std::uint64_t congestion_window = 0;
  std::uint64_t bytes_in_flight = 0;
  std::uint16_t current_mtu = 0;
  bool is_validated = false;
  bool is_abandoned = false;
  bool carries_data = false;  ///< what is written now would leave here
  PathStatus status = PathStatus::available;
  PathStatus remote_status = PathStatus::available;
  std::uint64_t udp_tx_datagrams = 0;
  std::uint64_t udp_tx_bytes = 0;
  std::uint64_t udp_rx_datagrams = 0;
  std::uint64_t udp_rx_bytes = 0;
  std::uint64_t sent_packets = 0;
  std::uint64_t lost_packets = 0;
  std::uint64_t lost_bytes = 0;
  std::uint64_t congestion_events = 0;
};

/// Sums over all current and former paths.
struct ConnectionStats {
  std::uint64_t udp_tx_datagrams = 0;
  std::uint64_t udp_tx_bytes = 0;
  std::uint64_t udp_tx_transmits = 0;  ///< batches handed to the socket
  std::uint64_t udp_rx_datagrams = 0;
  std::uint64_t udp_rx_bytes = 0;
  std::uint64_t sent_packets = 0;
  std::uint64_t lost_packets = 0;
  std::uint64_t lost_bytes = 0;
  std::uint64_t acks_sent = 0;
  std::uint64_t key_updates = 0;
};

}  // namespace iroh::quic
