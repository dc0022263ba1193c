// SPDX-License-Identifier: MIT OR Apache-2.0
// What can be set about a connection. Defaults are those of an iroh endpoint. [quic.md §1.2], [endpoint.md §2.12]
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "quic/stream/flow_budget.hpp"
#include "quic/types.hpp"
#include "quic/wire/transport_parameters.hpp"

namespace iroh::quic {

/// How data is spread over paths that are validated and Available. [quic.md §4.8]
enum class SchedulerKind : std::uint8_t {
  lowest_rtt,  ///< one path at a time: order is kept, a faster path takes over
  weighted,    ///< all of them, each as fast as its own window allows
  redundant,   ///< the fastest as above, and every stream byte once more on each of the others
};

enum class CongestionAlgorithm : std::uint8_t { cubic, new_reno, bbr };

struct TransportConfig {
  Duration max_idle_timeout = base::seconds(30);         ///< 0: none
  Duration keep_alive_interval = base::seconds(5);       ///< 0: off
  Duration path_idle_timeout = base::seconds(15);        ///< only with multipath in force; a path may be given its own
  Duration path_keep_alive_interval = base::seconds(5);  ///< 0: off
  SchedulerKind scheduler = SchedulerKind::lowest_rtt;
  std::uint32_t max_concurrent_paths = 8;  ///< initial_max_path_id + 1; 0: no multipath
  std::uint64_t max_concurrent_bi_streams = 100;
  std::uint64_t max_concurrent_uni_streams = 100;
  std::uint64_t stream_receive_window = 1'250'000;  ///< at first; grows with the rate of reading, within flow_budget
  std::uint64_t receive_window = (std::uint64_t{1} << 62) - 1;
  /// Written but not yet acknowledged, per connection; below it the bound follows the congestion window.
  std::uint64_t send_window = std::uint64_t{64} << 20;
  std::uint64_t datagram_receive_buffer = 1'250'000;  ///< 0: DATAGRAM frames are not accepted
  std::uint64_t datagram_send_buffer = 1 << 20;
  Duration initial_rtt = base::milliseconds(333);
  std::uint16_t initial_mtu = 1200;
  std::uint16_t mtu_upper_bound = 1452;  ///< of the MTU search
  bool mtu_discovery = true;
  std::uint16_t max_udp_payload = 1472;  ///< what we can receive
  std::uint64_t active_connection_id_limit = 5;
  Duration max_ack_delay = base::milliseconds(25);
  Duration min_ack_delay = base::milliseconds(1);
  /// Candidate addresses of the peer that are remembered for NAT traversal; 0: none is done. [quic.md §2.2]
  std::uint8_t max_remote_candidates = 32;
  bool probes_ipv6 = true;  ///< whether the socket can send to IPv6 addresses [quic.md §5.2]
  /// Nothing: addresses are neither reported to the peer nor learnt from it. [quic.md §5.9]
  std::optional<AddressDiscoveryRole> address_discovery;
  bool ack_frequency = true;  ///< asks peers that can be asked for fewer acknowledgements
  std::size_t crypto_buffer = 16 * 1024;
  CongestionAlgorithm congestion = CongestionAlgorithm::cubic;
  bool send_fairness = true;  ///< streams of one priority take turns [quic.md §1.2]
  bool allow_spin = true;
  bool grease_quic_bit = false;  ///< let the peer clear the fixed bit [RFC 9287]
  bool early_data = true;        ///< client: 0-RTT with a ticket; server: accept it
  std::uint32_t new_tokens = 0;  ///< server: NEW_TOKEN frames per connection [endpoint.md §2.9]
  /// One for all connections made from copies of this; null: receive windows stay as they are.
  std::shared_ptr<FlowBudget> flow_budget = std::make_shared<FlowBudget>();
  std::size_t gso_segments_max = 64;  ///< datagrams in one Transmit
};

}  // namespace iroh::quic
