// SPDX-License-Identifier: MIT OR Apache-2.0
// What loss recovery tells the conductor after an ACK or a timeout, and what it has to be told in turn.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "quic/space/sent_frame.hpp"

namespace iroh::quic {

struct SentPacketInfo {
  std::uint16_t size = 0;  ///< bytes of the datagram that count against the window
  bool ack_eliciting = false;
  bool in_flight = false;  ///< ack-eliciting or padded; false for off-path datagrams and NAT probes [quic.md §7.4]
  Ecn ecn = Ecn::not_ect;
  bool mtu_probe = false;
};

struct PacketSize {
  PacketNumber pn = 0;
  std::uint16_t size = 0;
};

/// The conductor owns one and uses it again and again: vectors keep their capacity.
struct RecoveryOutput {
  std::vector<SentFrame> acked;  ///< runs of packets, highest run first; ascending inside a run
  std::vector<SentFrame> lost;   ///< oldest first
  std::optional<std::uint16_t> mtu_probe_acked;
  std::optional<std::uint16_t> mtu_probe_lost;
  bool acked_ack_eliciting = false;
  bool ecn_failed = false;
  bool congestion_event = false;
  bool persistent_congestion = false;
  std::uint64_t acked_packets = 0;
  std::uint64_t acked_bytes = 0;
  std::uint64_t lost_count = 0;
  std::uint64_t lost_bytes = 0;
  // For black hole detection, without MTU probes and packets of weight 0: give all three to MtuDiscovery.
  std::vector<PacketSize> lost_packets;     ///< ascending
  std::optional<PacketSize> acked_largest;  ///< the largest packet acknowledged, the newest of those
  std::optional<PacketSize> acked_newest;   ///< the newest packet acknowledged that is larger than 1200 bytes

  void note_acked_size(PacketSize packet) noexcept {
    if (!acked_largest || packet.size > acked_largest->size ||
        (packet.size == acked_largest->size && packet.pn > acked_largest->pn)) {
      acked_largest = packet;
    }
    if (packet.size > datagram_size_min && (!acked_newest || packet.pn > acked_newest->pn)) acked_newest = packet;
  }

  void clear() noexcept {
    auto kept_acked = std::move(acked);
    auto kept_lost = std::move(lost);
    auto kept_packets = std::move(lost_packets);
    *this = RecoveryOutput{};
    acked = std::move(kept_acked);
    lost = std::move(kept_lost);
    lost_packets = std::move(kept_packets);
    acked.clear(), lost.clear(), lost_packets.clear();
  }
};

/// What timers depend on and only the connection knows.
struct PtoContext {
  bool handshake_confirmed = false;
  bool has_handshake_keys = false;
  bool peer_validated_address = false;  ///< the peer has validated our address, or we are the server
  bool amplification_blocked = false;
  bool is_abandoned = false;
  Duration max_ack_delay = base::milliseconds(25);  ///< the peer's promise
  Duration pto_growth_cap = base::seconds(2);       ///< of the gap between two probes [quic.md §7.2]
};

/// [quic.md §7.2] The growth cap of a path: idle_timeout is the path's, else the connection's.
constexpr Duration pto_growth_cap(Duration smoothed_rtt, std::optional<Duration> idle_timeout) noexcept {
  if (smoothed_rtt > base::milliseconds(1333)) return smoothed_rtt * 3 / 2;
  return idle_timeout && *idle_timeout <= base::seconds(25) ? base::seconds(1) : base::seconds(2);
}

struct RecoveryStats {
  std::uint64_t sent_packets = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t lost_packets = 0;
  std::uint64_t lost_bytes = 0;
  std::uint64_t acked_packets = 0;
  std::uint64_t congestion_events = 0;
  std::uint64_t spurious_events = 0;
  std::uint64_t probe_timeouts = 0;
};

}  // namespace iroh::quic
