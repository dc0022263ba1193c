// SPDX-License-Identifier: MIT OR Apache-2.0
// NAT traversal as the client of a connection does it: it starts the rounds, and it opens a path to whatever answers.
// [quic.md §5.4], [quic.md §5.7]
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "quic/frame/address_frames.hpp"
#include "quic/nat_traversal/nat_traversal_types.hpp"
#include "quic/nat_traversal/probe_schedule.hpp"
#include "quic/space/sent_frame.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

class NatTraversalClient {
 public:
  /// Tokens of challenges added to off-path answers. Challenges of the peer from ever new source addresses would
  /// otherwise fill our memory; the oldest are dropped, and no probe of a round with them.
  static constexpr std::size_t extra_challenges_max = 32;
  /// 4-tuples that answered and wait for a path id or a connection id. A peer that answers from ever new addresses and
  /// grants neither would otherwise fill our memory; further ones are not remembered.
  static constexpr std::size_t pending_opens_max = 32;

  explicit NatTraversalClient(const NatTraversalConfig& config) noexcept;

  // The application.
  std::expected<void, NatTraversalError> add_candidate(const SocketAddr& address);
  bool remove_candidate(const SocketAddr& address);
  std::expected<void, NatTraversalError> start_round(Instant now);
  std::vector<SocketAddr> remote_candidates() const;

  // Frames of the server.
  std::optional<SocketAddr> on_add_address(const AddAddressFrame& frame);
  std::optional<SocketAddr> on_remove_address(const RemoveAddressFrame& frame);

  // REACH_OUT.
  bool can_send() const noexcept { return !to_send_.empty(); }
  void write(PacketWriter& packet);
  void on_acked(const SentFrame&) noexcept {}
  void on_lost(const SentFrame& frame);

  // Probes, and what they lead to.
  ProbeSchedule& probes() noexcept { return probes_; }
  const ProbeSchedule& probes() const noexcept { return probes_; }
  PathToken make_extra_challenge(base::Random& random, const SocketAddr& to);
  bool on_path_response(const PathToken& token, const SocketAddr& from) noexcept;
  void defer_open(const FourTuple& four_tuple);
  std::optional<FourTuple> take_pending_open() noexcept;

  void set_supports_ipv6(bool value) noexcept { supports_ipv6_ = value; }

 private:
  struct Remote {
    std::uint64_t sequence;
    SocketAddr address;
  };
  bool can_probe(const SocketAddr& address) const noexcept;
  bool is_announced(const SocketAddr& address) const noexcept;

  std::size_t own_limit_;
  std::size_t peer_limit_;
  bool supports_ipv6_;
  std::vector<SocketAddr> candidates_;  // our own
  std::vector<Remote> remotes_;         // at most own_limit_
  std::uint64_t round_ = 0;
  std::vector<SocketAddr> announced_;  // our candidates as of this round
  std::vector<std::size_t> to_send_;   // indices into announced_
  ProbeSchedule probes_;
  std::vector<Probe> extra_challenges_;  // oldest first
  std::vector<FourTuple> pending_opens_;
};

}  // namespace iroh::quic
