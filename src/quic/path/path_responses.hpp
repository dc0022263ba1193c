// SPDX-License-Identifier: MIT OR Apache-2.0
// Challenges of the peer on one path that are still to be answered. [RFC 9000 §8.2.2], [quic.md §4.7]
#pragma once

#include <optional>
#include <vector>

#include "quic/path/path_token.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

class PathResponses {
 public:
  /// [quic.md 90] Challenges from ever new source addresses would otherwise fill our memory, and our replies hit
  /// others.
  static constexpr std::size_t queued_max = 32;

  struct Response {
    PathToken token;
    FourTuple four_tuple;  ///< where the challenge came from: the answer goes there
  };

  /// Replaces what is queued for the same remote address. False if the queue is full: the challenge goes unanswered.
  bool push(const PathToken& token, const FourTuple& four_tuple);
  /// The answer that belongs on the path's current 4-tuple, in a packet with other frames.
  std::optional<Response> pop_on_path(const FourTuple& current) noexcept { return pop(current, true); }
  /// The oldest answer to any other 4-tuple: alone in a datagram of its own.
  std::optional<Response> pop_off_path(const FourTuple& current) noexcept { return pop(current, false); }
  bool has_on_path(const FourTuple& current) const noexcept { return position(current, true) < queue_.size(); }
  bool has_off_path(const FourTuple& current) const noexcept { return position(current, false) < queue_.size(); }
  bool is_empty() const noexcept { return queue_.empty(); }
  void clear() noexcept { queue_.clear(); }

 private:
  std::size_t position(const FourTuple& current, bool on_path) const noexcept;
  std::optional<Response> pop(const FourTuple& current, bool on_path) noexcept;

  std::vector<Response> queue_;  // oldest first
};

}  // namespace iroh::quic
