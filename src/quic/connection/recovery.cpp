// SPDX-License-Identifier: MIT OR Apache-2.0
// Acknowledged and lost information goes back to its producers. [RFC 9000 §13.3], [quic.md §3.4]
#include "quic/connection/impl.hpp"

namespace iroh::quic {

PtoContext Connection::Impl::pto_context(const PathState& path) const noexcept {
  const auto path_idle = is_multipath ? std::optional(path.timeouts.idle) : idle_timeout();
  return {.handshake_confirmed = is_confirmed_,
          .has_handshake_keys = handshake_spaces_[1].keys.has_value(),
          .peer_validated_address = is_server() || peer_validated_address_ || is_confirmed_,
          .amplification_blocked = is_amplification_blocked(path),
          .is_abandoned = path.is_abandoned(),
          .max_ack_delay = base::milliseconds(peer_parameters_.max_ack_delay_ms),
          .pto_growth_cap = pto_growth_cap(path.recovery.rtt().smoothed(), path_idle)};
}

Duration Connection::Impl::largest_pto() const noexcept {
  Duration largest{};
  for (const auto& path : paths_) {
    largest = std::max(largest, path->recovery.pto(SpaceId::data, pto_context(*path)));
  }
  return largest;
}

void Connection::Impl::apply(Instant now, PathState& path, SpaceId space) {
  RecoveryOutput& out = recovery_output_;
  if (qlog_.is_on()) trace_recovery(path, space);
  for (const SentFrame& frame : out.acked) on_acked(now, frame);
  for (const SentFrame& frame : out.lost) on_lost(frame);
  if (space == SpaceId::data) {
    if (out.mtu_probe_acked && path.mtu.on_probe_acked(now, *out.mtu_probe_acked)) on_mtu_changed(path);
    if (out.mtu_probe_lost) path.mtu.on_probe_lost(now, *out.mtu_probe_lost);
    if (out.acked_largest) path.mtu.on_packet_acked(out.acked_largest->pn, out.acked_largest->size);
    if (out.acked_newest) path.mtu.on_packet_acked(out.acked_newest->pn, out.acked_newest->size);
    for (const PacketSize& lost : out.lost_packets) path.mtu.on_packet_lost(lost.pn, lost.size);
    if (!out.lost_packets.empty() && path.mtu.on_losses_reported(now)) on_mtu_changed(path);
  }
  if (out.acked_packets > 0 && space == SpaceId::data) tune_sending(now, path, out);
  out.clear();
}

void Connection::Impl::tune_sending(Instant now, const PathState& path, const RecoveryOutput& out) {
  // [performance.md §2.7] What the window lets out in two round trips, and a train: more would only wait in memory.
  constexpr std::uint64_t send_window_min = 256 * 1024;
  std::uint64_t windows = 0;
  for (const auto& each : paths_) windows += each->recovery.congestion_window();
  const std::uint64_t wanted = std::max(2 * windows + 64 * 1024, send_window_min);
  streams.set_send_window(std::min(wanted, config().send_window));

  // [performance.md §2.6] One acknowledgement per train of ours is enough.
  if (!is_confirmed_ || !peer_parameters_.min_ack_delay_us || !config().ack_frequency) return;
  ack_frequency_sender_.enable(base::microseconds(*peer_parameters_.min_ack_delay_us));
  if (out.lost_count > 0) ack_frequency_sender_.on_loss(now);
  ack_frequency_sender_.update(now, {.rtt = path.recovery.rtt().smoothed(),
                                     .window_packets = path.recovery.congestion_window() / path.mtu.current_mtu(),
                                     .train_packets = path.pacer.train() / path.mtu.current_mtu(),
                                     .is_in_slow_start = path.recovery.controller().is_in_slow_start()});
}

void Connection::Impl::on_mtu_changed(PathState& path) {
  path.recovery.controller().on_mtu_update(path.mtu.current_mtu());
  if (qlog_.is_on()) qlog_.mtu_updated(trace_now_, path.id, path.traced_mtu, path.mtu.current_mtu());
  path.traced_mtu = path.mtu.current_mtu();
  datagram_queue.set_max_size(max_datagram_size());
}

void Connection::Impl::on_acked(Instant now, const SentFrame& frame) {
  using Kind = SentFrame::Kind;
  switch (frame.kind) {
    case Kind::stream:
    case Kind::stream_copy:
    case Kind::reset_stream:
    case Kind::stop_sending:
    case Kind::max_data:
    case Kind::max_stream_data:
    case Kind::max_streams:
    case Kind::streams_blocked:
      return streams.on_acked(frame);
    case Kind::crypto:
      return crypto(frame.level).on_acked(frame);
    case Kind::ack:
      if (frame.level != EncryptionLevel::one_rtt) {
        return handshake_spaces_[index_of(space_of(frame.level))].acks.on_ack_acknowledged(frame.id);
      }
      if (PathState* path = find_path(frame.path)) path->acks.on_ack_acknowledged(frame.id);
      return;
    case Kind::path_abandon:
      return on_abandon_acked(now, frame.path);
    case Kind::add_address:
    case Kind::remove_address:
    case Kind::reach_out:
      if (nat_) nat_->on_acked(frame);
      return;
    default:
      return;
  }
}

void Connection::Impl::on_lost(const SentFrame& frame) {
  using Kind = SentFrame::Kind;
  PathState* path = find_path(frame.path);
  switch (frame.kind) {
    case Kind::stream:
    case Kind::reset_stream:
    case Kind::stop_sending:
    case Kind::max_data:
    case Kind::max_stream_data:
    case Kind::max_streams:
    case Kind::streams_blocked:
    case Kind::data_blocked:
    case Kind::stream_data_blocked:
      return streams.on_lost(frame);
    case Kind::crypto:
      return crypto(frame.level).on_lost(frame);
    case Kind::new_token:
      ++new_tokens_pending_;
      return;
    case Kind::handshake_done:
      is_handshake_done_pending_ = true;
      return;
    case Kind::new_connection_id:
      return local_cids_.on_lost(frame);
    case Kind::retire_connection_id:
      return remote_cids_.on_lost(frame);
    // [quic.md 17] The current value goes out, not the one that was lost.
    case Kind::max_path_id:
      is_max_path_id_pending_ = true;
      return;
    case Kind::ack_frequency:
      return ack_frequency_sender_.on_lost(frame.id);
    case Kind::path_abandon:
      if (path != nullptr && path->abandon) {
        path->abandon->is_written = false;
      } else if (path == nullptr) {
        queue_abandon_reply({frame.path, frame.id});
      }
      return;
    case Kind::path_status:
      // [quic.md 18] Nothing is said about a path that is being given up.
      if (path != nullptr && !path->is_abandoned()) path->is_status_pending = true;
      return;
    case Kind::paths_blocked:
    case Kind::path_cids_blocked:
      return path_blocked_.on_lost(frame);
    case Kind::add_address:
    case Kind::remove_address:
    case Kind::reach_out:
      if (nat_) nat_->on_lost(frame);
      return;
    case Kind::observed_address:
      return address_discovery_.on_lost(frame);
    // [quic.md §3.4] The others are never resent, or by timers of their own.
    default:
      return;
  }
}

}  // namespace iroh::quic
