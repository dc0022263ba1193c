// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of LossRecovery: which packets are lost, and what that means for the window. [RFC 9002 §6.1], [RFC 9002 §7]
#include <algorithm>

#include "quic/recovery/loss_recovery.hpp"
#include "quic/recovery/newly_acked.hpp"

namespace iroh::quic {

Duration LossRecovery::loss_delay() const noexcept {
  // [RFC 9002 §6.1.2] 9/8 of the round trip.
  const auto rtt = std::max(rtt_.smoothed(), rtt_.latest());
  return std::max(rtt + rtt / 8, loss_delay_min);
}

void LossRecovery::detect_losses(Instant now, SpaceId id, const PtoContext& context, bool from_ack,
                                 RecoveryOutput& out) {
  auto& space = of(id);
  space.loss_time.reset();
  if (!space.largest_acked) return;
  const auto delay = loss_delay();
  const auto end = std::min(space.sent.next(), *space.largest_acked + 1);
  LossPass pass;
  lost_now_.clear();
  lost_deliveries_.clear();
  // Numbers and times ascend: the first packet that is not lost ends the search.
  for (auto pn = space.sent.first(); pn < end; ++pn) {
    const auto& packet = space.sent.at(pn);
    if (packet.state == SentPacket::State::acked) pass.end_run();
    if (packet.state != SentPacket::State::outstanding) continue;
    const bool lost = *space.largest_acked - pn >= packet_threshold || packet.time_sent + delay <= now;
    if (!lost) {
      space.loss_time = packet.time_sent + delay;
      break;
    }
    lose(space, id, pn, pass, out);
  }
  space.sent.trim();
  ecn_.on_marked_lost(pass.ect_packets);
  report_congestion(now, id, pass, context, from_ack, out);
}

void LossRecovery::lose(Space& space, SpaceId id, PacketNumber pn, LossPass& pass, RecoveryOutput& out) {
  const auto& packet = space.sent.at(pn);
  space.sent.append_frames(packet, out.lost);
  ++out.lost_count;
  out.lost_bytes += packet.size;
  ++stats_.lost_packets;
  stats_.lost_bytes += packet.size;
  if (packet.is_mtu_probe) {
    out.mtu_probe_lost = packet.size;  // [quic.md 85] no sign of congestion
  } else if (packet.in_flight) {
    pass.bytes += packet.size;
    pass.newest_sent_time = packet.time_sent;
    if (lost_now_.size() <= LostPacketMemory::packets_max) lost_now_.push_back(pn);  // one more gives up
    if (delivery_) lost_deliveries_.push_back(delivery_->on_lost(id, pn, packet.size));
    if (packet.is_ect) ++pass.ect_packets;
    if (id == SpaceId::data) out.lost_packets.push_back({pn, packet.size});
  }
  // [RFC 9002 §7.6.2] Only what was sent after the first sample can show persistent congestion.
  if (packet.ack_eliciting && !packet.is_mtu_probe && first_sample_at_ && packet.time_sent > *first_sample_at_) {
    pass.extend_run(packet.time_sent);
  }
  remove_from_flight(space, packet);
  space.sent.settle(pn, false);
}

void LossRecovery::report_congestion(Instant now, SpaceId id, const LossPass& pass, const PtoContext& context,
                                     bool from_ack, RecoveryOutput& out) {
  if (pass.bytes == 0) return;
  const auto persistent_after = persistent_congestion_ptos * rtt_.pto_base(context.max_ack_delay);
  const bool persistent = from_ack && pass.longest_run > persistent_after;
  const bool is_new =
      controller_->on_congestion_event(now, {.newest_sent_time = pass.newest_sent_time,
                                             .bytes = pass.bytes,
                                             .is_persistent = persistent,
                                             .in_flight = bytes_in_flight_,
                                             .delivered_total = delivery_ ? delivery_->delivered_total() : 0,
                                             .packets = lost_deliveries_});
  if (is_new) {
    ++stats_.congestion_events;
    out.congestion_event = true;
    lost_memory_.start_event();
  }
  if (persistent) {
    out.persistent_congestion = true;
    rtt_.reset_min();  // [RFC 9002 §5.2]
    lost_memory_.give_up();
  }
  for (const auto pn : lost_now_) lost_memory_.add(now, id, pn);
}

void LossRecovery::discard_space(SpaceId id) {
  auto& space = of(id);
  for (auto pn = space.sent.first(); pn < space.sent.next(); ++pn) {
    if (const auto* packet = space.sent.find(pn)) remove_from_flight(space, *packet);
  }
  space.sent.clear();
  space.loss_time.reset();
  space.last_eliciting_sent.reset();
  space.probes = 0;
  lost_memory_.discard_space(id);
  pto_count_ = 0;  // [RFC 9002 §6.2.2]
}

void LossRecovery::all_in_flight_as_lost(SpaceId id, RecoveryOutput& out) {
  flush_overflow(out);
  auto& space = of(id);
  for (auto pn = space.sent.first(); pn < space.sent.next(); ++pn) {
    const auto* packet = space.sent.find(pn);
    if (packet == nullptr) continue;
    space.sent.append_frames(*packet, out.lost);
    if (packet->is_mtu_probe) out.mtu_probe_lost = packet->size;
    remove_from_flight(space, *packet);
  }
  space.sent.clear();
  space.loss_time.reset();
  space.probes = 0;
}

}  // namespace iroh::quic
