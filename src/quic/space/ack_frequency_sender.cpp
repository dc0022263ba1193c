// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/space/ack_frequency_sender.hpp"

#include <algorithm>
#include <chrono>

namespace iroh::quic {

namespace {
/// More than twice as much, or less than half.
template <class T>
bool differs_much(T a, T b) noexcept {
  return a > 2 * b || b > 2 * a;
}
}  // namespace

AckFrequencySender::Request AckFrequencySender::wanted(Instant now, const Conditions& conditions) const noexcept {
  const bool is_starting = conditions.is_in_slow_start && conditions.window_packets < window_packets_large;
  const bool has_lost = lost_at_ && now - *lost_at_ < 2 * conditions.rtt;
  const std::uint64_t highest = is_starting || has_lost ? threshold_cautious : threshold_max;
  const std::uint64_t suits = std::min(conditions.train_packets, conditions.window_packets / 8);
  // [quic.md 82] Less than min_ack_delay would be a violation.
  const Duration shortest = std::max(delay_min, *min_ack_delay_);
  return {.threshold = std::clamp(suits, threshold_min, highest),
          .delay = std::clamp(conditions.rtt / 4, shortest, std::max(delay_max, shortest))};
}

void AckFrequencySender::update(Instant now, const Conditions& conditions) noexcept {
  if (!min_ack_delay_ || is_pending_) return;
  if (changed_at_ && now - *changed_at_ < conditions.rtt) return;
  const Request next = wanted(now, conditions);
  if (!differs_much(next.threshold, request_.threshold) && !differs_much(next.delay, request_.delay)) return;
  // A shorter delay alone does not help a peer that acknowledges every other packet.
  if (next_sequence_ == 0 && next.threshold <= threshold_min) return;
  request_ = next;
  is_pending_ = true;
  changed_at_ = now;
}

AckFrequencyFrame AckFrequencySender::frame() const noexcept {
  const auto delay = std::chrono::duration_cast<base::microseconds>(request_.delay).count();
  return {.sequence = next_sequence_,
          .ack_eliciting_threshold = request_.threshold,
          .requested_max_ack_delay_us = static_cast<std::uint64_t>(delay),
          .reordering_threshold = reordering_threshold};
}

void AckFrequencySender::on_written() noexcept {
  is_pending_ = false;
  ++next_sequence_;
}

void AckFrequencySender::on_lost(std::uint64_t sequence) noexcept {
  if (sequence + 1 == next_sequence_) is_pending_ = true;
}

}  // namespace iroh::quic
