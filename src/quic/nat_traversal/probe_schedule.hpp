// SPDX-License-Identifier: MIT OR Apache-2.0
// The probes of one round: which addresses are probed, when again, and which answers match. The same on both sides of
// a connection. [quic.md §5.6]
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "quic/nat_traversal/nat_traversal_types.hpp"
#include "quic/path/path_token.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

class ProbeSchedule {
 public:
  /// [quic.md 73] Transmissions to one address in a round.
  static constexpr unsigned attempts_max = 9;
  static constexpr Duration gap_max = base::seconds(2);

  /// targets_max: addresses at a time; also bounds what is sent in a round, to attempts_max times as many. Without the
  /// latter a peer that keeps replacing its candidates would aim our probes at ever new addresses of strangers.
  ProbeSchedule(std::size_t targets_max, Duration initial_rtt) noexcept;

  /// Forgets everything of the round before, the tokens too, and starts the retry timer. [quic.md §5.4]
  void start_round(Instant now) noexcept;
  /// A probe is due at once. If the retry timer has run out, it starts again. False if the address is known already, if
  /// there are targets_max, or if the round has sent all it may.
  bool add(Instant now, const SocketAddr& address);
  /// Its first probe is due at the next tick; false also if the retry timer does not run. [quic.md §5.3]
  bool join(const SocketAddr& address);
  /// No further probe; answers to those sent still match.
  void remove(const SocketAddr& address) noexcept;
  /// The end: no probe, no timer, no token. [quic.md 79]
  void stop() noexcept;

  bool has_probe() const noexcept { return due_ > 0; }
  std::optional<Probe> poll(base::Random& random);
  /// When the next tick is. Nothing if no address has attempts left.
  std::optional<Instant> deadline() const noexcept { return next_tick_; }
  /// At a tick every address with attempts left is due for its next probe.
  void on_timeout(Instant now) noexcept;

  /// True if the token belongs to a probe to this very address: probing it ends, and its tokens are forgotten. With the
  /// wrong address nothing changes. [quic.md 75]
  bool on_response(const PathToken& token, const SocketAddr& from) noexcept;
  /// The address has answered another challenge: no further probe, and no answer to earlier ones matches.
  void on_reached(const SocketAddr& address) noexcept;

  std::size_t outstanding() const noexcept { return sent_.size(); }

 private:
  struct Target {
    SocketAddr address;
    unsigned attempts_left = attempts_max;
    bool is_due = false;
  };
  Target* find(const SocketAddr& address) noexcept;
  bool insert(const SocketAddr& address);
  void make_due(Target& target) noexcept;
  void start_timer(Instant now) noexcept;
  void end_probing() noexcept;
  Duration gap_after_tick() const noexcept;

  std::size_t targets_max_;
  Duration first_gap_;
  std::size_t budget_;  // probes this round may still send
  unsigned ticks_ = 0;  // since the timer was started
  std::optional<Instant> next_tick_;
  std::vector<Target> targets_;  // in the order they are probed
  std::size_t due_ = 0;          // targets with is_due
  std::vector<Probe> sent_;      // this round's, unanswered
};

}  // namespace iroh::quic
