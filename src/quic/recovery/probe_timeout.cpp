// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of LossRecovery: deadlines and probes. [RFC 9002 §6.2], [quic.md §7.2]
#include <algorithm>

#include "quic/recovery/loss_recovery.hpp"

namespace iroh::quic {

namespace {
constexpr std::array all_spaces = {SpaceId::initial, SpaceId::handshake, SpaceId::data};
constexpr int probes_per_timeout = 2;
constexpr std::uint32_t growth_steps_max = 64;  // further steps add nothing but hours
}  // namespace

Duration LossRecovery::pto(SpaceId id, const PtoContext& context) const noexcept {
  return rtt_.pto_base(id == SpaceId::data ? context.max_ack_delay : Duration::zero());
}

Duration LossRecovery::backed_off(Duration base, Duration growth_cap) const noexcept {
  // [quic.md 84] The gap doubles, but never grows by more than the cap.
  auto gap = base;
  for (std::uint32_t i = 1; i <= std::min(pto_count_, growth_steps_max); ++i) {
    const auto doubled = base * (std::int64_t{1} << std::min(i, std::uint32_t{backoff_exponent_max}));
    gap = std::min(doubled, gap + growth_cap);
  }
  return gap;
}

std::optional<SpaceId> LossRecovery::earliest_loss_space() const noexcept {
  std::optional<SpaceId> earliest;
  for (const auto id : all_spaces) {
    if (of(id).loss_time && (!earliest || *of(id).loss_time < *of(*earliest).loss_time)) earliest = id;
  }
  return earliest;
}

std::optional<LossRecovery::Timeout> LossRecovery::probe_timeout(const PtoContext& context) const noexcept {
  if (context.amplification_blocked || context.is_abandoned) return std::nullopt;
  // [RFC 9002 §6.2.1] The timer is set when something is sent, and these probes are still to be sent.
  if (std::ranges::any_of(spaces_, [](const Space& space) { return space.probes > 0; })) return std::nullopt;
  std::optional<Timeout> earliest;
  for (const auto id : all_spaces) {
    const auto& space = of(id);
    if (space.eliciting_in_flight == 0 || !space.last_eliciting_sent) continue;
    // [RFC 9002 §6.2.1] Before confirmation the peer may be unable to read 1-RTT packets.
    if (id == SpaceId::data && !context.handshake_confirmed) continue;
    const auto at = *space.last_eliciting_sent + backed_off(pto(id, context), context.pto_growth_cap);
    if (!earliest || at < earliest->at) earliest = Timeout{at, id};
  }
  return earliest ? earliest : anti_deadlock_timeout(context);
}

std::optional<LossRecovery::Timeout> LossRecovery::anti_deadlock_timeout(const PtoContext& context) const noexcept {
  // [RFC 9002 §6.2.2.1], [quic.md 34] The server may have used up its credit and be unable to tell us.
  if (context.peer_validated_address || !anti_deadlock_from_) return std::nullopt;
  const auto exponent = std::min(pto_count_, std::uint32_t{backoff_exponent_max});
  const auto gap = std::min(rtt_.pto_base(Duration::zero()) * (std::int64_t{1} << exponent), context.pto_growth_cap);
  const auto id = context.has_handshake_keys ? SpaceId::handshake : SpaceId::initial;
  return Timeout{*anti_deadlock_from_ + gap, id, true};
}

std::optional<Instant> LossRecovery::deadline(const PtoContext& context) const {
  if (const auto id = earliest_loss_space()) return of(*id).loss_time;
  const auto timeout = probe_timeout(context);
  return timeout ? std::optional(timeout->at) : std::nullopt;
}

std::optional<SpaceId> LossRecovery::on_timeout(Instant now, const PtoContext& context, RecoveryOutput& out) {
  flush_overflow(out);
  if (earliest_loss_space()) {
    for (const auto id : all_spaces) {
      if (of(id).loss_time && *of(id).loss_time <= now) detect_losses(now, id, context, false, out);
    }
    return std::nullopt;
  }
  const auto timeout = probe_timeout(context);
  if (!timeout || timeout->at > now) return std::nullopt;
  if (pto_count_ < UINT32_MAX) ++pto_count_;
  ++stats_.probe_timeouts;
  ecn_.on_probe_timeout(pto_count_);
  of(timeout->space).probes = timeout->is_anti_deadlock ? 1 : probes_per_timeout;
  if (timeout->is_anti_deadlock) anti_deadlock_from_ = now;
  return timeout->space;
}

void LossRecovery::on_probe_sent(SpaceId id) noexcept {
  if (of(id).probes > 0) --of(id).probes;
}

void LossRecovery::oldest_unacked_frames(SpaceId id, std::vector<SentFrame>& out) const {
  const auto& sent = of(id).sent;
  for (auto pn = sent.first(); pn < sent.next(); ++pn) {
    const auto* packet = sent.find(pn);
    if (packet == nullptr || !packet->ack_eliciting || !packet->in_flight) continue;
    return sent.append_frames(*packet, out);
  }
}

}  // namespace iroh::quic
