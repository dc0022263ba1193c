// SPDX-License-Identifier: MIT OR Apache-2.0
// Checks that ECN marks and the peer's counts of them survive the path; if not, marking ends for this generation of the
// path. [RFC 9000 §13.4.2], [quic.md §7.7]
#pragma once

#include <array>
#include <optional>

#include "quic/types.hpp"

namespace iroh::quic {

class EcnValidator {
 public:
  /// [RFC 9000 §13.4.2] That many marked packets lost before one was acknowledged: a router drops what is marked.
  static constexpr std::uint64_t testing_losses_max = 10;
  static constexpr std::uint32_t testing_timeouts_max = 3;

  struct Verdict {
    bool failed = false;      ///< just now
    bool congestion = false;  ///< the peer counted new CE marks
  };

  Ecn mark() const noexcept { return state_ == State::failed ? Ecn::not_ect : Ecn::ect0; }
  bool has_failed() const noexcept { return state_ == State::failed; }
  void on_sent(SpaceId space) noexcept { ++spaces_[index_of(space)].sent_ect0; }
  /// For an ACK that raised the largest acknowledged number, and no other. newly_acked counts marked packets.
  Verdict on_ack(SpaceId space, std::uint64_t newly_acked, const std::optional<EcnCounts>& counts) noexcept;
  void on_marked_lost(std::uint64_t count) noexcept;
  void on_probe_timeout(std::uint32_t pto_count) noexcept;
  /// The peer's counters go on when a path moves; the state starts again.
  void continue_from(const EcnValidator& previous) noexcept { spaces_ = previous.spaces_; }

 private:
  enum class State : std::uint8_t { testing, capable, failed };
  struct Space {
    std::uint64_t sent_ect0 = 0;
    EcnCounts counted;
  };
  static bool is_plausible(const Space& space, std::uint64_t newly_acked, const EcnCounts& counts) noexcept;

  State state_ = State::testing;
  std::uint64_t testing_losses_ = 0;
  std::array<Space, space_count> spaces_;
};

}  // namespace iroh::quic
