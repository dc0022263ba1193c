// SPDX-License-Identifier: MIT OR Apache-2.0
// What the conductor tells about an event, beside the time. [qlog-quic-events-12]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "quic/types.hpp"
#include "quic/wire/packet_header.hpp"
#include "quic/wire/version.hpp"

namespace iroh::quic {

/// Who did it.
enum class QlogInitiator : std::uint8_t { local, remote };

/// A packet, as far as it is known.
struct PacketHeaderInfo {
  PacketType type = PacketType::one_rtt;
  PathId path = path_zero;
  std::optional<PacketNumber> number;
  std::optional<bool> key_phase;      ///< the bit of a short header
  ConnectionId dcid;                  ///< left out if empty
  ConnectionId scid;                  ///< long headers
  std::uint32_t version = version_1;  ///< long headers
  std::size_t token_size = 0;         ///< Initial and Retry
  std::size_t size = 0;               ///< of the whole packet, 0: unknown
  bool is_mtu_probe = false;
};

enum class QlogDropReason : std::uint8_t {
  internal_error,
  rejected,
  unsupported,
  invalid,
  duplicate,
  connection_unknown,
  decryption_failure,
  key_unavailable,
  general,
};

enum class QlogLossReason : std::uint8_t { reordering_threshold, time_threshold, pto_expired };

/// State of one path; only what differs from the last time is written.
struct QlogMetrics {
  std::optional<Duration> min_rtt;
  std::optional<Duration> smoothed_rtt;
  std::optional<Duration> latest_rtt;
  std::optional<Duration> rtt_variance;
  std::optional<std::uint64_t> pto_count;
  std::optional<std::uint64_t> congestion_window;
  std::optional<std::uint64_t> bytes_in_flight;
  std::optional<std::uint64_t> ssthresh;
  std::optional<std::uint64_t> packets_in_flight;
  std::optional<std::uint64_t> pacing_rate;  ///< bits per second
  friend bool operator==(const QlogMetrics&, const QlogMetrics&) = default;
};

/// The names of [observability.md §4].
enum class QlogTimer : std::uint8_t {
  idle_timeout,
  loss_timeout,
  path_validation,
  ack,
  close,
  key_discard,
  keep_alive,
  push_new_cid,
  no_available_path,
  nat_traversal_probe_retry,
  path_idle,
  path_challenge_lost,
  path_keep_alive,
  pacing,
  discard_path,
};
enum class QlogTimerEvent : std::uint8_t { set, expired, cancelled };

}  // namespace iroh::quic
