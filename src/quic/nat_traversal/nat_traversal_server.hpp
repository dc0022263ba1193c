// SPDX-License-Identifier: MIT OR Apache-2.0
// NAT traversal as the server of a connection does it: it announces where it may be reached, and in each round it
// probes the addresses that the client names. [quic.md §5.3], [quic.md §5.5]
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <vector>

#include "quic/frame/address_frames.hpp"
#include "quic/nat_traversal/nat_traversal_types.hpp"
#include "quic/nat_traversal/probe_schedule.hpp"
#include "quic/space/sent_frame.hpp"
#include "quic/transport_error.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

class NatTraversalServer {
 public:
  /// Withdrawn candidates whose frames are not acknowledged yet. A peer that never acknowledges would otherwise make us
  /// keep every address that we ever had; the oldest are forgotten.
  static constexpr std::size_t removed_max = 256;

  explicit NatTraversalServer(const NatTraversalConfig& config) noexcept;

  // The application.
  std::expected<void, NatTraversalError> add_candidate(const SocketAddr& address);
  bool remove_candidate(const SocketAddr& address);
  std::vector<SocketAddr> remote_candidates() const { return round_addresses_; }

  // The client's frame.
  TransportResult<void> on_reach_out(Instant now, const ReachOutFrame& frame);

  // ADD_ADDRESS and REMOVE_ADDRESS.
  bool can_send() const noexcept { return queued_ > 0; }
  void write(PacketWriter& packet);
  void on_acked(const SentFrame& frame) noexcept;
  void on_lost(const SentFrame& frame) noexcept;

  // Probes.
  ProbeSchedule& probes() noexcept { return probes_; }
  const ProbeSchedule& probes() const noexcept { return probes_; }
  bool on_path_response(const PathToken& token, const SocketAddr& from) noexcept {
    return probes_.on_response(token, from);
  }

  void set_supports_ipv6(bool value) noexcept { supports_ipv6_ = value; }

 private:
  /// A candidate, until the peer has acknowledged both its announcement and its withdrawal.
  struct Announcement {
    std::uint64_t sequence;
    SocketAddr address;
    bool is_add_queued = true;
    bool is_add_sent = false;
    bool is_add_acked = false;
    bool is_removed = false;
    bool is_remove_queued = false;
    bool is_remove_acked = false;
  };
  Announcement* find(std::uint64_t sequence) noexcept;
  void queue(bool& flag) noexcept;
  void unqueue(bool& flag) noexcept;
  void erase(std::uint64_t sequence) noexcept;
  void forget_oldest_removed() noexcept;

  std::size_t own_limit_;
  std::size_t peer_limit_;
  bool supports_ipv6_;
  std::uint64_t next_sequence_ = 0;
  std::vector<Announcement> announcements_;  // ascending by sequence
  std::size_t queued_ = 0;                   // frames to be sent
  std::uint64_t round_ = 0;
  std::vector<SocketAddr> round_addresses_;  // at most own_limit_
  ProbeSchedule probes_;
};

}  // namespace iroh::quic
