// SPDX-License-Identifier: MIT OR Apache-2.0
// One short function per frame type, each calling one part. [RFC 9000 §19], [quic.md §3.5]
#include <algorithm>

#include "base/try.hpp"
#include "quic/connection/impl.hpp"

namespace iroh::quic {

TransportResult<void> Connection::Impl::dispatch(const PacketContext& context, const Frame& frame) {
  return std::visit([&](const auto& f) { return on_frame(context, f); }, frame);
}

TransportResult<void> Connection::Impl::require_multipath() const {
  // [quic.md 14] Whether it is in force shows on this side a little later than on the peer's: negotiation counts.
  if (local_parameters_.initial_max_path_id && peer_parameters_.initial_max_path_id) return {};
  return transport_error(ErrorCode::protocol_violation, "multipath was not negotiated");
}

// ---- acknowledgements

TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const AckFrame& ack) {
  const SpaceId space = space_of(context.level);
  PathState* path = context.path;
  if (space == SpaceId::data) {
    if (ack.path) IROH_TRY_VOID(require_multipath());
    // [quic.md §3.5] [quic.md 58] ACK means path 0; PATH_ACK may come on any path, also for one that is gone.
    const PathId id = ack.path.value_or(path_zero);
    path = find_path(id);
    if (path == nullptr && retired_paths_.contains(to_u32(id))) return {};
    if (path == nullptr) {
      return transport_error(ErrorCode::protocol_violation, "acknowledgement for a path that never was");
    }
  } else {
    path = find_path(path_zero);
    if (path == nullptr) return {};
  }
  // [RFC 9000 §19.3] [RFC 9002 §5.3] The peer's exponent; 0 for Initial and Handshake. A delay too large to be true is
  // cut.
  Duration delay{};
  if (space == SpaceId::data) {
    constexpr std::uint64_t delay_us_max = 1 << 24;
    const std::uint64_t exponent = peer_parameters_.ack_delay_exponent;
    const std::uint64_t us = ack.delay > (delay_us_max >> exponent) ? delay_us_max : ack.delay << exponent;
    delay = base::microseconds(us);
  }
  IROH_TRY_VOID(path->recovery.on_ack(context.now, space, ack, delay, pto_context(*path), recovery_output_));
  apply(context.now, *path, space);
  // [RFC 9002 §6.2.2.1] A Handshake acknowledgement shows a client that the server has validated its address.
  if (!is_server() && space == SpaceId::handshake) peer_validated_address_ = true;
  return {};
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const AckFrequencyFrame& frame) {
  // [quic.md 82]
  const std::uint64_t delay_us_min = local_parameters_.min_ack_delay_us.value_or(1000);
  if (frame.requested_max_ack_delay_us < delay_us_min) {
    return transport_error(ErrorCode::protocol_violation, "requested ack delay below min_ack_delay");
  }
  if (has_ack_frequency_ && frame.sequence <= ack_frequency_sequence_) return {};
  has_ack_frequency_ = true;
  ack_frequency_sequence_ = frame.sequence;
  constexpr std::uint64_t delay_us_max = 1 << 24;
  ack_frequency_ = {.ack_eliciting_threshold = frame.ack_eliciting_threshold,
                    .max_ack_delay = base::microseconds(std::min(frame.requested_max_ack_delay_us, delay_us_max)),
                    .reordering_threshold = frame.reordering_threshold};
  for (auto& path : paths_) path->acks.set_frequency(ack_frequency_);
  return {};
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const ImmediateAckFrame&) {
  // [quic.md 81] For all paths.
  for (auto& path : paths_) path->acks.request_immediate();
  return {};
}

// ---- handshake

TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const CryptoFrame& frame) {
  CryptoStream& stream = crypto(context.level);
  IROH_TRY(is_readable, stream.on_frame(frame, Bytes(*context.buffer, frame.data)));
  if (!is_readable) return {};
  return feed_tls(context.now, context.level);
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const HandshakeDoneFrame&) {
  if (is_server()) {
    return transport_error(ErrorCode::protocol_violation, "HANDSHAKE_DONE from a client");
  }
  confirm_handshake(context.now);
  return {};
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const NewTokenFrame& frame) {
  if (is_server()) return transport_error(ErrorCode::protocol_violation, "NEW_TOKEN from a client");
  parameters.host->keep_token(*parameters.expected_remote, frame.token);
  return {};
}

// ---- streams

TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const StreamFrame& frame) {
  return streams.on_stream(frame, Bytes(*context.buffer, frame.data));
}
TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const ResetStreamFrame& frame) {
  return streams.on_reset_stream(frame);
}
TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const StopSendingFrame& frame) {
  return streams.on_stop_sending(frame);
}
TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const MaxDataFrame& frame) {
  return streams.on_max_data(frame);
}
TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const MaxStreamDataFrame& frame) {
  return streams.on_max_stream_data(frame);
}
TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const MaxStreamsFrame& frame) {
  return streams.on_max_streams(frame);
}
TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const DataBlockedFrame& frame) {
  return streams.on_data_blocked(frame);
}
TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const StreamDataBlockedFrame& frame) {
  return streams.on_stream_data_blocked(frame);
}
TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const StreamsBlockedFrame& frame) {
  return streams.on_streams_blocked(frame);
}
TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const DatagramFrame& frame) {
  return datagram_queue.on_datagram(Bytes(*context.buffer, frame.data));
}

// ---- connection ids

TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const NewConnectionIdFrame& frame) {
  if (frame.path) {
    IROH_TRY_VOID(require_multipath());
    // [quic.md §3.5] Compared with our own maximum only: the peer may act on it before we see its answer. Before
    // multipath is in force here, what we offered is what counts.
    if (to_u32(*frame.path) > offered_max_path_id()) {
      return transport_error(ErrorCode::protocol_violation, "path id above our maximum");
    }
  }
  IROH_TRY(changed, remote_cids_.on_new_connection_id(frame));
  if (changed) {
    watch_active_token(*changed);
    path_blocked_.forget(*changed);
    retry_pending_opens(context.now);
  }
  // [quic.md §4.3] A server moves off the id that was used in the handshake as soon as a spare one is there.
  if (is_server() && is_complete_ && !has_rotated_ && remote_cids_.has_spare(path_zero)) {
    has_rotated_ = remote_cids_.rotate(path_zero);
    watch_active_token(path_zero);
  }
  return {};
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const RetireConnectionIdFrame& frame) {
  if (frame.path) IROH_TRY_VOID(require_multipath());
  return local_cids_.on_retire(frame.path.value_or(path_zero), frame.sequence);
}

// ---- paths

TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const PathChallengeFrame& frame) {
  context.path->responses.push(frame.token, context.four_tuple);
  // [quic.md 56] A non-probing packet in return, so that the peer knows the path to be in use.
  if (context.is_on_path) context.path->is_immediate_ack_pending = true;
  return {};
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const PathResponseFrame& frame) {
  if (!on_path_response(context.now, *context.path, frame.token)) {
    on_probe_response(context.now, frame.token, context.four_tuple);
  }
  return {};
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const PathStatusFrame& frame) {
  IROH_TRY_VOID(require_multipath());
  PathState* path = find_path(frame.path);
  // [quic.md §3.5] [quic.md 65] Unknown paths and old news are passed over.
  if (path == nullptr || path->is_abandoned()) return {};
  if (path->remote_status && frame.sequence <= path->remote_status->sequence) return {};
  const PathStatus status = frame.is_backup ? PathStatus::backup : PathStatus::available;
  path->remote_status = {status, frame.sequence};
  if (qlog_.is_on()) qlog_.path_status_updated(trace_now_, path->id, QlogInitiator::remote, frame.is_backup);
  events_.push_back(PathStatusChanged{path->id, status});
  return {};
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const MaxPathIdFrame& frame) {
  IROH_TRY_VOID(require_multipath());
  const std::uint32_t before = std::max(peer_max_path_id_, peer_parameters_.initial_max_path_id.value_or(0));
  if (to_u32(frame.maximum) <= before) return {};
  peer_max_path_id_ = to_u32(frame.maximum);
  if (is_multipath) issue_cids_for_new_paths();
  retry_pending_opens(context.now);
  return {};
}

std::uint32_t Connection::Impl::offered_max_path_id() const noexcept {
  return std::max(local_max_path_id_, local_parameters_.initial_max_path_id.value_or(0));
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const PathsBlockedFrame& frame) {
  IROH_TRY_VOID(require_multipath());
  if (to_u32(frame.maximum) > offered_max_path_id()) {
    return transport_error(ErrorCode::protocol_violation, "blocked beyond our maximum path id");
  }
  return {};
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const PathCidsBlockedFrame& frame) {
  IROH_TRY_VOID(require_multipath());
  if (to_u32(frame.path) > offered_max_path_id()) {
    return transport_error(ErrorCode::protocol_violation, "path id above our maximum");
  }
  // [quic.md §3.5] [quic.md 65] Late copies for paths that are gone are passed over; all permitted ids are issued
  // already.
  const auto issued = local_cids_.next_sequence(frame.path);
  if (issued && frame.next_sequence > *issued) {
    return transport_error(ErrorCode::protocol_violation, "blocked beyond the connection ids that were issued");
  }
  return {};
}

// ---- closing

TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const ConnectionCloseFrame& frame) {
  CloseReason reason{
      .kind = frame.is_application ? CloseReason::Kind::application_closed : CloseReason::Kind::connection_closed,
      .code = frame.code,
      .frame_type = frame.frame_type,
      .reason = std::string(base::as_text(frame.reason))};
  // [quic.md 88] In 1-RTT one close is owed in return, so that the peer need not wait; in Initial and Handshake none.
  const bool owes_answer = context.level == EncryptionLevel::one_rtt && state == State::established;
  enter_draining(context.now, std::move(reason));
  is_close_pending_ = owes_answer;
  is_close_application_ = false;
  return {};
}

}  // namespace iroh::quic
