// SPDX-License-Identifier: MIT OR Apache-2.0
// Finds the largest datagram a path carries, by probes, and notices when it no longer does. [RFC 8899], [quic.md §7.6]
#pragma once

#include <optional>

#include "quic/path/black_hole_detector.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct MtuConfig {
  std::uint16_t initial = datagram_size_min;
  std::uint16_t minimum = datagram_size_min;
  std::uint16_t upper_bound = 1452;
  std::uint16_t step_min = 20;  ///< a smaller step ends the search
  Duration interval = base::seconds(600);
  Duration black_hole_pause = base::seconds(60);
  bool search = true;
  /// Once the path carries the upper bound, search on up to what the interface and the peer take.
  bool follow_interface = false;
};

class MtuDiscovery {
 public:
  static constexpr unsigned tries_max = 3;  ///< transmissions of one size

  explicit MtuDiscovery(const MtuConfig& config) noexcept;

  /// The peer's max_udp_payload_size: bounds the search and the present MTU.
  void set_peer_limit(std::uint16_t limit) noexcept;
  /// The largest datagram that the interface takes, headers deducted, once it is known or has changed: bounds the
  /// present MTU; a search that it ends or makes possible starts at once.
  void set_interface_limit(std::uint16_t limit) noexcept;
  std::uint16_t current_mtu() const noexcept { return current_; }

  /// The size to probe now: the path is validated and the handshake is over. Asking again gives the same answer until
  /// on_probe_sent().
  std::optional<std::uint16_t> poll_probe(Instant now) noexcept;
  void on_probe_sent(std::uint16_t size) noexcept { in_flight_ = size; }
  /// True if the MTU has changed.
  bool on_probe_acked(Instant now, std::uint16_t size) noexcept;
  void on_probe_lost(Instant now, std::uint16_t size) noexcept;
  /// The socket refused the probe (EMSGSIZE): as good as lost each time. [quic.md §7.6]
  void on_probe_refused(Instant now, std::uint16_t size) noexcept;
  /// The socket refused a datagram that is no probe: the interface takes less than before. True if the MTU has changed.
  bool on_datagram_refused(std::uint16_t size) noexcept;
  /// When the search starts again; nothing while it runs, or if there is nothing to find.
  std::optional<Instant> deadline() const noexcept;
  /// After deadline(): poll_probe() starts the search, as soon as a probe may be sent.
  void on_timeout(Instant now) noexcept {
    if (resume_at_ && now >= *resume_at_) resume_at_.reset();
  }

  // Packets of the data space that are no probes.
  void on_packet_acked(PacketNumber pn, std::uint16_t size) noexcept { black_hole_.on_acked(pn, size); }
  void on_packet_lost(PacketNumber pn, std::uint16_t size) noexcept { black_hole_.on_lost(pn, size); }
  /// After the losses of one ACK or timeout. True if a black hole was found: the MTU is at its minimum now.
  bool on_losses_reported(Instant now) noexcept;

 private:
  std::uint16_t bound() const noexcept;
  bool has_room() const noexcept { return config_.search && current_ < bound(); }
  void end_search(std::optional<Instant> next) noexcept;
  void start_search(Instant now) noexcept;
  void choose_next(Instant now) noexcept;
  void exclude_candidate(Instant now) noexcept;

  MtuConfig config_;
  std::uint16_t current_;
  std::uint16_t peer_limit_ = udp_payload_size_max;
  std::optional<std::uint16_t> interface_limit_;
  bool is_searching_ = false;
  std::optional<Instant> resume_at_;  // of the next search; nothing: at once
  std::uint16_t upper_ = 0;           // not yet excluded
  std::uint16_t candidate_ = 0;       // probed now
  unsigned tries_ = 0;                // lost transmissions of candidate_
  std::optional<std::uint16_t> in_flight_;
  BlackHoleDetector black_hole_;
};

}  // namespace iroh::quic
