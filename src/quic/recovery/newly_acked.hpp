// SPDX-License-Identifier: MIT OR Apache-2.0
// Private to loss recovery: sums over the packets that one ACK, or one pass of loss detection, has settled.
#pragma once

#include <algorithm>

#include "quic/recovery/loss_recovery.hpp"

namespace iroh::quic {

struct LossRecovery::NewlyAcked {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // that were in flight
  std::uint64_t ect_packets = 0;
  bool any_eliciting = false;
  bool is_largest = false;      // the largest number the frame names is among them
  bool raised_largest = false;  // and no earlier ACK named as large a number
  PacketNumber largest = 0;
  Instant largest_sent_time{};
  Instant newest_sent_time{};
  PacketNumber newest_in_flight = 0;  // of the packets that counted, if bytes > 0
  Instant newest_in_flight_sent{};

  void add(PacketNumber pn, const SentPacket& packet) noexcept {
    ++packets;
    if (packet.in_flight) {
      if (bytes == 0 || pn > newest_in_flight) {
        newest_in_flight = pn;
        newest_in_flight_sent = packet.time_sent;
      }
      bytes += packet.size;
    }
    if (packet.is_ect) ++ect_packets;
    any_eliciting = any_eliciting || packet.ack_eliciting;
    if (packets == 1 || pn > largest) {
      largest = pn;
      largest_sent_time = packet.time_sent;
    }
    newest_sent_time = packets == 1 ? packet.time_sent : std::max(newest_sent_time, packet.time_sent);
  }
};

struct LossRecovery::LossPass {
  std::uint64_t bytes = 0;  // lost from flight, without MTU probes: what counts as congestion
  std::uint64_t ect_packets = 0;
  Instant newest_sent_time{};
  // Of the ack-eliciting packets lost in a row, none acknowledged between. [RFC 9002 §7.6.2]
  std::optional<Instant> run_began;
  Duration longest_run{};

  void extend_run(Instant sent) noexcept {
    if (!run_began) run_began = sent;
    longest_run = std::max(longest_run, sent - *run_began);
  }
  void end_run() noexcept { run_began.reset(); }
};

}  // namespace iroh::quic
