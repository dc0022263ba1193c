// SPDX-License-Identifier: MIT OR Apache-2.0
// The challenges a path has sent to prove that the peer receives on a 4-tuple, and when to send the next.
// [RFC 9000 §8.2], [quic.md §4.7]
#pragma once

#include <optional>
#include <vector>

#include "base/random.hpp"
#include "quic/path/path_token.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

class PathValidator {
 public:
  static constexpr Duration interval_max = base::seconds(2);
  static constexpr unsigned backoff_exponent_max = 16;
  /// Tokens that are still answered. A path that never answers would otherwise collect them; the oldest are dropped.
  static constexpr std::size_t challenges_max = 16;

  struct Match {
    FourTuple four_tuple;  ///< on which the challenge was sent
    Instant sent_at;
  };

  /// Begins to challenge this 4-tuple; the first challenge is due at once. Earlier tokens stay known.
  void start(const FourTuple& four_tuple) noexcept;
  /// No further challenge; what is outstanding can still be answered.
  void stop() noexcept { is_running_ = false; }
  bool is_running() const noexcept { return is_running_; }

  bool is_due(Instant now) const noexcept;
  /// The token to send now, if one is due. pto_base has no ack delay: RttEstimator::pto_base(0).
  std::optional<PathToken> poll_challenge(Instant now, base::Random& random, Duration pto_base);
  /// Now instead of when the timer fires. [quic.md 100]
  void make_due() noexcept { next_at_.reset(); }
  /// After deadline(): the next challenge is due until it is sent, however long that takes.
  void on_timeout(Instant now) noexcept {
    if (is_due(now)) make_due();
  }
  /// When the next challenge is due. Nothing if none will be, or if one is due at once.
  std::optional<Instant> deadline() const noexcept { return is_running_ ? next_at_ : std::nullopt; }

  /// The challenge that a PATH_RESPONSE answers; it stays known until forgotten.
  std::optional<Match> match(const PathToken& token) const noexcept;
  /// The current 4-tuple is valid: stop, and forget every token.
  void on_validated() noexcept;
  /// A stale 4-tuple has answered: drop the challenges of all others but the current one. If one of that is open, the
  /// next is due at once. [quic.md §4.7]
  void on_stale_response() noexcept;
  std::size_t outstanding() const noexcept { return challenges_.size(); }

 private:
  struct Challenge {
    PathToken token;
    FourTuple four_tuple;
    Instant sent_at;
  };

  bool is_running_ = false;
  FourTuple current_;
  unsigned sent_ = 0;               // since start()
  std::optional<Instant> next_at_;  // nothing: at once
  std::vector<Challenge> challenges_;
};

}  // namespace iroh::quic
