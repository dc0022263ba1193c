// SPDX-License-Identifier: MIT OR Apache-2.0
// Everything that belongs to one path of a connection. Paths live in a set; one path is the set of size one.
// What belongs to the path's present 4-tuple (window, RTT, MTU, amplification credit) is made anew when the path moves.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "quic/congestion/pacer.hpp"
#include "quic/path/amplification_limit.hpp"
#include "quic/path/mtu_discovery.hpp"
#include "quic/path/path_responses.hpp"
#include "quic/path/path_validator.hpp"
#include "quic/recovery/loss_recovery.hpp"
#include "quic/space/ack_manager.hpp"
#include "quic/space/packet_number_generator.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct PathState {
  struct Timeouts {
    Duration idle;
    Duration keep_alive;
  };
  PathState(PathId path_id, const FourTuple& addresses, AmplificationLimit limit, LossRecovery loss_recovery,
            const MtuConfig& mtu_config, Timeouts path_timeouts, base::Random& random)
      : id(path_id),
        four_tuple(addresses),
        timeouts(path_timeouts),
        amplification(limit),
        recovery(std::move(loss_recovery)),
        mtu(mtu_config),
        numbers(SpaceId::data, random) {}

  PathId id;
  FourTuple four_tuple;
  std::uint64_t generation = 0;  ///< of the 4-tuple: one more with each move
  bool is_validated = false;
  bool is_reported = false;   ///< PathOpened has been emitted
  bool carries_data = false;  ///< the scheduler's latest word; see schedule_paths()
  bool repeats_data = false;  ///< likewise: carries copies of what the other carries
  /// Stream data of other paths that is to go out here once more. A path that cannot keep up misses some: without the
  /// bound a slow one would collect all of a transfer.
  static constexpr std::size_t copies_max = 128;
  std::vector<SentFrame> copies;
  Timeouts timeouts;  ///< kept when the path moves [quic.md 96]

  // What each side wants the path for. Both outlive a move of the path. [quic.md §4.8] [quic.md 96]
  PathStatus status = PathStatus::available;
  std::uint64_t status_sequence = 0;
  bool is_status_pending = false;
  struct RemoteStatus {
    PathStatus status;
    std::uint64_t sequence;
  };
  std::optional<RemoteStatus> remote_status;

  AmplificationLimit amplification;
  LossRecovery recovery;
  Pacer pacer;
  MtuDiscovery mtu;
  std::uint16_t traced_mtu = datagram_size_min;
  PathValidator validator;
  PathResponses responses;

  // The data space of this path. [multipath-21 §2.4]
  AckManager acks{SpaceId::data};
  PacketNumberGenerator numbers;

  bool is_ping_pending = false;
  bool is_immediate_ack_pending = false;  ///< sent as PING to a peer without ACK frequency

  // Abandoning. [quic.md §4.9]
  struct Abandon {
    std::uint64_t code = 0;
    bool is_written = false;              ///< PATH_ABANDON has left
    bool is_carried_by_itself = false;    ///< on this very path, which has no loss probes any more
    bool is_answered = false;             ///< the peer's has arrived
    std::optional<Instant> drained_at{};  ///< when the state goes
    bool is_drained = false;
  };
  std::optional<Abandon> abandon;

  /// The validated 4-tuple that the path was on before the peer moved; it comes back unless the new one is validated in
  /// time. Without it anybody who can forward one packet could cut a connection off. [RFC 9000 §9.3.2] [quic.md 68]
  struct Previous {
    FourTuple four_tuple;
    Instant revert_at;
  };
  std::optional<Previous> previous;

  // Timers. Restarted by received packets and by the first ack-eliciting packet sent after one; a path that nothing was
  // sent on yet does not time out.
  bool may_restart_idle = true;
  std::optional<Instant> idle_at;
  std::optional<Instant> keep_alive_at;
  std::optional<Instant> pacing_at;

  std::uint64_t udp_tx_datagrams = 0;
  std::uint64_t udp_tx_bytes = 0;
  std::uint64_t udp_rx_datagrams = 0;
  std::uint64_t udp_rx_bytes = 0;

  bool is_abandoned() const noexcept { return abandon.has_value(); }
};

}  // namespace iroh::quic
