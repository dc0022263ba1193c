// SPDX-License-Identifier: MIT OR Apache-2.0
// Sending and acknowledgements. Losses are in loss_detection.cpp, deadlines and probes in probe_timeout.cpp.
#include "quic/recovery/loss_recovery.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "quic/frame/ack_frame.hpp"
#include "quic/recovery/newly_acked.hpp"

namespace iroh::quic {

LossRecovery::LossRecovery(std::unique_ptr<CongestionController> controller, Duration initial_rtt)
    : rtt_(initial_rtt), controller_(std::move(controller)) {
  IROH_ASSERT(controller_ != nullptr);
  if (controller_->wants_delivery_samples()) delivery_ = std::make_unique<DeliveryRate>();
}

void LossRecovery::on_packet_number_skipped(SpaceId id, PacketNumber pn) {
  auto& skipped = of(id).skipped;
  IROH_ASSERT(pn >= of(id).sent.next() && (skipped.empty() || skipped.back() < pn));
  skipped.push_back(pn);
}

void LossRecovery::on_packet_sent(Instant now, SpaceId id, PacketNumber pn, const SentPacketInfo& info,
                                  std::span<const SentFrame> frames) {
  auto& space = of(id);
  make_room(space, pn);
  SentPacket packet{.time_sent = now, .size = info.size};
  packet.ack_eliciting = info.ack_eliciting;
  packet.in_flight = info.in_flight;
  packet.is_ect = info.ecn == Ecn::ect0;
  packet.is_mtu_probe = info.mtu_probe;
  space.sent.insert(pn, packet, frames);

  ++stats_.sent_packets;
  stats_.sent_bytes += info.size;
  if (packet.is_ect) ecn_.on_sent(id);
  if (info.in_flight) {
    if (delivery_) delivery_->on_sent(now, id, pn, info.size, bytes_in_flight_, space.sent);
    if (bytes_in_flight_ == 0) controller_->on_burst_started(now);
    bytes_in_flight_ += info.size;
    in_flight_at_send_ = bytes_in_flight_;
    if (info.ack_eliciting) {
      ++space.eliciting_in_flight;
      space.last_eliciting_sent = now;
      anti_deadlock_from_ = now;
    }
  }
  if (info.ack_eliciting) {
    space.forget_from = pn + 1;
  } else {
    forget_excess_non_eliciting(space, pn);
  }
}

void LossRecovery::make_room(Space& space, PacketNumber pn) {
  while (space.sent.is_full_for(pn)) {
    const auto oldest = space.sent.first();
    const auto& packet = space.sent.at(oldest);
    space.sent.append_frames(packet, overflow_);
    ++stats_.lost_packets;
    stats_.lost_bytes += packet.size;
    remove_from_flight(space, packet);
    space.sent.settle(oldest, false);
    space.sent.trim();
  }
}

void LossRecovery::forget_excess_non_eliciting(Space& space, PacketNumber newest) {
  while (newest - space.forget_from >= non_eliciting_max) {  // [quic.md §7.3]
    const auto pn = space.forget_from++;
    const auto* packet = space.sent.find(pn);
    if (packet == nullptr) continue;
    remove_from_flight(space, *packet);
    space.sent.settle(pn, false);
    space.sent.trim();
  }
}

void LossRecovery::flush_overflow(RecoveryOutput& out) {
  out.lost.insert(out.lost.end(), overflow_.begin(), overflow_.end());
  overflow_.clear();
}

void LossRecovery::remove_from_flight(Space& space, const SentPacket& packet) noexcept {
  if (!packet.in_flight) return;
  IROH_ASSERT(bytes_in_flight_ >= packet.size);
  bytes_in_flight_ -= packet.size;
  if (!packet.ack_eliciting) return;
  IROH_ASSERT(space.eliciting_in_flight > 0);
  --space.eliciting_in_flight;
}

bool LossRecovery::acknowledges_unsent(const Space& space, const AckFrame& ack) const {
  if (!sealed_ && ack.largest >= space.sent.next()) return true;
  bool skipped = false;
  if (space.skipped.empty()) return false;
  ack.for_each_range([&](PnRange range) {
    const auto found = std::lower_bound(space.skipped.begin(), space.skipped.end(), range.first);
    skipped = skipped || (found != space.skipped.end() && *found <= range.last);
  });
  return skipped;
}

TransportResult<void> LossRecovery::on_ack(Instant now, SpaceId id, const AckFrame& ack, Duration ack_delay,
                                           const PtoContext& context, RecoveryOutput& out) {
  auto& space = of(id);
  // [RFC 9000 §13.1], [quic.md 27] An ACK for what was never sent, or was left out on purpose.
  if (acknowledges_unsent(space, ack)) {
    return transport_error(ErrorCode::protocol_violation, "ACK of a packet that was not sent");
  }
  flush_overflow(out);
  lost_memory_.expire(now - 2 * rtt_.pto_base(context.max_ack_delay));

  // Judged by the level that sending last reached: several ACKs of one batch are handled without a send between.
  const bool window_was_used = in_flight_at_send_ * 2 >= controller_->window();
  NewlyAcked newly;
  std::optional<PnRange> newest_range;
  ack.for_each_range([&](PnRange range) {
    if (range.first >= space.sent.next()) return;  // a newer generation's, see seal()
    range.last = std::min(range.last, space.sent.next() - 1);
    if (!newest_range) newest_range = range;
    acknowledge(space, id, range, newly, out);
  });
  if (!newest_range) return {};
  space.newest_range = newest_range;
  space.sent.trim();
  undo_if_spurious();
  if (newly.packets == 0) return {};

  newly.is_largest = newly.largest == newest_range->last;
  newly.raised_largest = !space.largest_acked || newest_range->last > *space.largest_acked;
  space.largest_acked = std::max(space.largest_acked.value_or(0), newest_range->last);
  take_rtt_sample(now, id, newly, ack_delay, context);
  std::optional<DeliverySample> delivery;
  if (delivery_ && newly.bytes > 0) {
    delivery =
        delivery_->on_acked(now, id, newly.newest_in_flight, newly.newest_in_flight_sent, newly.bytes, rtt_.min());
  }
  check_ecn(now, id, newly, ack, out);
  detect_losses(now, id, context, true, out);
  if (newly.bytes > 0) {
    // [RFC 9002 §7.8], [performance.md §2.5] A window that was not half used must not grow.
    CongestionController::Ack acked{.bytes = newly.bytes,
                                    .newest_sent_time = newly.newest_sent_time,
                                    .app_limited = app_limited_ || !window_was_used,
                                    .in_flight = bytes_in_flight_,
                                    .in_flight_at_last_send = in_flight_at_send_};
    if (delivery) acked.delivery = &*delivery;
    controller_->on_ack(now, acked, rtt_);
  }
  // [quic.md §7.2] A client must not think that the server answers while the server may still be blocked.
  if (context.peer_validated_address) pto_count_ = 0;
  space.probes = 0;
  anti_deadlock_from_ = now;
  return {};
}

void LossRecovery::acknowledge(Space& space, SpaceId id, PnRange range, NewlyAcked& newly, RecoveryOutput& out) {
  lost_memory_.on_acked(id, range);
  const PnRange known{space.sent.first(), space.sent.next()};  // the end is one past
  const auto run = [&](PacketNumber first, PacketNumber end) {
    first = std::max(first, known.first);
    end = std::min(end, known.last);
    if (first < end) acknowledge_run(space, id, {first, end - 1}, newly, out);
  };
  // [performance.md §2.5] Usually the leading range has only been extended: its old part need not be walked again.
  const auto& seen = space.newest_range;
  if (!seen || seen->last < range.first || seen->first > range.last) return run(range.first, range.last + 1);
  run(seen->last + 1, range.last + 1);
  run(range.first, seen->first);
}

void LossRecovery::acknowledge_run(Space& space, SpaceId id, PnRange run, NewlyAcked& newly, RecoveryOutput& out) {
  for (auto pn = run.first; pn <= run.last; ++pn) {
    const auto& packet = space.sent.at(pn);
    if (packet.state != SentPacket::State::outstanding) continue;
    space.sent.append_frames(packet, out.acked);
    newly.add(pn, packet);
    remove_from_flight(space, packet);
    if (packet.is_mtu_probe) {
      out.mtu_probe_acked = packet.size;
    } else if (id == SpaceId::data && packet.in_flight) {
      out.note_acked_size({pn, packet.size});
    }
    ++out.acked_packets;
    out.acked_bytes += packet.size;
    out.acked_ack_eliciting = out.acked_ack_eliciting || packet.ack_eliciting;
    ++stats_.acked_packets;
    space.sent.settle(pn, true);
  }
}

void LossRecovery::take_rtt_sample(Instant now, SpaceId id, const NewlyAcked& newly, Duration ack_delay,
                                   const PtoContext& context) {
  // [RFC 9002 §5.1] Only if the largest is newly acknowledged, and something asked for the ACK.
  if (!newly.is_largest || !newly.any_eliciting) return;
  // [quic.md §7.2] Ignored in Initial and Handshake, and never more than the peer promised.
  const auto delay = id == SpaceId::data ? std::min(ack_delay, context.max_ack_delay) : Duration::zero();
  rtt_.on_sample(now - newly.largest_sent_time, delay);
  if (!first_sample_at_) first_sample_at_ = now;
}

void LossRecovery::check_ecn(Instant now, SpaceId id, const NewlyAcked& newly, const AckFrame& ack,
                             RecoveryOutput& out) {
  // [RFC 9000 §13.4.2.1] Reordered ACKs carry old counts; a sealed generation does not know what the new one sends.
  if (!newly.raised_largest || sealed_) return;
  const auto verdict = ecn_.on_ack(id, newly.ect_packets, ack.ecn);
  out.ecn_failed = out.ecn_failed || verdict.failed;
  if (!verdict.congestion) return;
  // [RFC 9002 §7.1] A mark counts like a loss, but is never undone.
  lost_memory_.give_up();
  if (controller_->on_congestion_event(
          now, {.newest_sent_time = newly.largest_sent_time, .is_ecn = true, .in_flight = bytes_in_flight_})) {
    ++stats_.congestion_events;
    out.congestion_event = true;
  }
}

void LossRecovery::undo_if_spurious() {
  if (!lost_memory_.take_undo()) return;
  ++stats_.spurious_events;
  controller_->on_spurious_congestion_event();
}

bool LossRecovery::has_eliciting_in_flight() const noexcept {
  return std::any_of(spaces_.begin(), spaces_.end(), [](const Space& s) { return s.eliciting_in_flight > 0; });
}

bool LossRecovery::is_idle() const noexcept {
  return std::all_of(spaces_.begin(), spaces_.end(), [](const Space& s) { return s.sent.is_empty(); });
}

void LossRecovery::continue_from(const LossRecovery& previous) {
  for (std::size_t i = 0; i < space_count; ++i) {
    spaces_[i].sent.start_at(previous.spaces_[i].sent.next());
    spaces_[i].forget_from = spaces_[i].sent.next();
    spaces_[i].skipped = previous.spaces_[i].skipped;
    spaces_[i].largest_acked = previous.spaces_[i].largest_acked;
  }
  ecn_.continue_from(previous.ecn_);
}

}  // namespace iroh::quic
