// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/space/ack_manager.hpp"

#include <algorithm>

namespace iroh::quic {

bool AckManager::on_packet(Instant now, PacketNumber pn, bool ack_eliciting, Ecn ecn) {
  const auto previous_largest = received_.largest();
  if (!received_.insert(pn)) return false;
  if (!previous_largest || pn > *previous_largest) largest_at_ = now;
  if (ecn == Ecn::ect0) ++ecn_.ect0;
  if (ecn == Ecn::ect1) ++ecn_.ect1;
  if (ecn == Ecn::ce) ++ecn_.ce;

  if (!ack_eliciting) {
    ++unacked_non_eliciting_;
    return true;
  }
  if (unacked_eliciting_++ == 0) first_unacked_at_ = now;
  const bool handshaking = space_ != SpaceId::data;  // [RFC 9000 §13.2.1]
  if (handshaking || ecn == Ecn::ce || is_out_of_order(pn)) immediate_ = true;
  largest_eliciting_ = std::max(largest_eliciting_.value_or(pn), pn);
  return true;
}

bool AckManager::is_out_of_order(PacketNumber pn) const noexcept {
  const auto threshold = frequency_.reordering_threshold;
  if (threshold == 0) return false;
  if (threshold == 1) {
    // [RFC 9000 §13.2.1] Below another ack-eliciting packet, or above it with something missing between.
    if (!largest_eliciting_) return false;
    return pn < *largest_eliciting_ || smallest_missing(*largest_eliciting_ + 1, pn).has_value();
  }
  // [draft-ietf-quic-ack-frequency §6.2] What the peer could now declare lost, and has not been told of.
  const auto largest = std::max(largest_eliciting_.value_or(pn), pn);
  const auto told = largest_ack_sent_ ? *largest_ack_sent_ + 1 : 0;
  const auto missing = smallest_missing(told > threshold ? told - threshold : 0, largest);
  return missing && largest - *missing >= threshold;
}

std::optional<PacketNumber> AckManager::smallest_missing(PacketNumber from, PacketNumber below) const noexcept {
  const auto ranges = received_.ranges();
  auto candidate = std::max(from, received_.floor());  // below the floor everything has been reported
  if (!ranges.empty() && ranges.front().first <= candidate) return std::nullopt;
  for (auto range = ranges.rbegin(); range != ranges.rend() && candidate < below; ++range) {
    if (range->last < candidate) continue;
    if (range->first > candidate) break;
    candidate = range->last + 1;
  }
  return candidate < below ? std::optional(candidate) : std::nullopt;
}

bool AckManager::wants_immediate() const noexcept {
  return immediate_ ? unacked_eliciting_ + unacked_non_eliciting_ > 0
                    : unacked_eliciting_ > frequency_.ack_eliciting_threshold;
}

bool AckManager::is_due(Instant now) const noexcept {
  if (!has_anything_to_acknowledge()) return false;
  return wants_immediate() || (unacked_eliciting_ > 0 && now >= first_unacked_at_ + frequency_.max_ack_delay);
}

std::optional<Instant> AckManager::deadline() const noexcept {
  if (unacked_eliciting_ == 0 || wants_immediate()) return std::nullopt;
  return first_unacked_at_ + frequency_.max_ack_delay;
}

void AckManager::on_timeout(Instant now) noexcept {
  const auto at = deadline();
  if (at && now >= *at) immediate_ = true;
}

Duration AckManager::ack_delay(Instant now) const noexcept {
  return std::max(now - largest_at_, Duration::zero());
}

std::optional<EcnCounts> AckManager::ecn_counts() const noexcept {
  return ecn_ == EcnCounts{} ? std::nullopt : std::optional(ecn_);
}

void AckManager::on_ack_sent(Instant /*now*/, PacketNumber largest) noexcept {
  largest_ack_sent_ = std::max(largest_ack_sent_.value_or(largest), largest);
  immediate_ = false;
  unacked_eliciting_ = 0;
  unacked_non_eliciting_ = 0;
}

}  // namespace iroh::quic
