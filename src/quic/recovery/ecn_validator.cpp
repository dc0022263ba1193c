// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/recovery/ecn_validator.hpp"

namespace iroh::quic {

EcnValidator::Verdict EcnValidator::on_ack(SpaceId id, std::uint64_t newly_acked,
                                           const std::optional<EcnCounts>& counts) noexcept {
  if (state_ == State::failed) return {};
  auto& space = spaces_[index_of(id)];
  const bool plausible = counts ? is_plausible(space, newly_acked, *counts) : newly_acked == 0;
  if (!plausible) {
    state_ = State::failed;
    return {.failed = true};
  }
  if (!counts) return {};
  const bool congestion = counts->ce > space.counted.ce;
  space.counted = *counts;
  if (newly_acked > 0) state_ = State::capable;
  return {.congestion = congestion};
}

bool EcnValidator::is_plausible(const Space& space, std::uint64_t newly_acked, const EcnCounts& counts) noexcept {
  // [RFC 9000 §13.4.2.1] Counts never fall, cover what is newly acknowledged, and do not exceed what was sent.
  const auto& before = space.counted;
  if (counts.ect0 < before.ect0 || counts.ce < before.ce) return false;
  if (counts.ect1 != before.ect1) return false;  // we never send ECT(1)
  if ((counts.ect0 - before.ect0) + (counts.ce - before.ce) < newly_acked) return false;
  return counts.ect0 + counts.ce <= space.sent_ect0;
}

void EcnValidator::on_marked_lost(std::uint64_t count) noexcept {
  if (state_ != State::testing) return;
  testing_losses_ += count;
  if (testing_losses_ >= testing_losses_max) state_ = State::failed;
}

void EcnValidator::on_probe_timeout(std::uint32_t pto_count) noexcept {
  if (state_ == State::testing && pto_count >= testing_timeouts_max) state_ = State::failed;
}

}  // namespace iroh::quic
