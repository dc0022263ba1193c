// SPDX-License-Identifier: MIT OR Apache-2.0
// Asks the producers for frames, in the order of [quic.md §3.7].
#include <algorithm>

#include "quic/connection/impl.hpp"

namespace iroh::quic {

template <class F>
bool Connection::Impl::write_frame(const F& frame, const SentFrame& record) {
  PacketWriter& writer = train_.writer();
  const std::size_t size = encoded_size(frame);
  if (size > writer.remaining()) return false;
  base::ByteWriter out(writer.reserve(size));
  encode(out, frame);
  writer.record(record);
  if (is_ack_eliciting(Frame(frame))) writer.set_ack_eliciting();
  return true;
}

bool Connection::Impl::wants_control() const noexcept {
  if (new_tokens_pending_ > 0) return true;
  if (is_handshake_done_pending_ || is_max_path_id_pending_ || crypto_[2].can_send()) return true;
  if (local_cids_.can_send() || remote_cids_.can_send() || streams.can_send_control()) return true;
  if (path_blocked_.can_send() || !abandon_replies_.empty() || (nat_ && nat_->can_send())) return true;
  return std::ranges::any_of(paths_, [](const auto& path) {
    return (path->abandon && !path->abandon->is_written) || (path->is_status_pending && path->is_validated);
  });
}

bool Connection::Impl::wants_path_frames(Instant now, const PathState& path) const noexcept {
  if (!is_complete_ || path.is_abandoned()) return false;
  return path.is_ping_pending || path.is_immediate_ack_pending || path.validator.is_due(now) ||
         path.responses.has_on_path(path.four_tuple) || address_discovery_.can_send(path.id);
}

void Connection::Impl::fill(Instant now, PathState& path, EncryptionLevel level, bool may_send_data) {
  if (!is_complete_ && space_of(level) == SpaceId::data) return fill_early(now, level, may_send_data);
  if (level == EncryptionLevel::one_rtt) return fill_data_space(now, path, may_send_data);
  write_acks(now, level, false);
  if (may_send_data) crypto(level).write(train_.writer());
}

void Connection::Impl::write_new_tokens(Instant now, const PathState& path) {
  while (new_tokens_pending_ > 0) {
    const auto token = parameters.host->make_new_token(now, path.four_tuple.remote);
    if (!write_frame(NewTokenFrame{token}, {.kind = SentFrame::Kind::new_token})) return;
    --new_tokens_pending_;
  }
}

void Connection::Impl::fill_early(Instant now, EncryptionLevel level, bool may_send_data) {
  PacketWriter& writer = train_.writer();
  if (level == EncryptionLevel::one_rtt) write_acks(now, level, may_send_data);
  if (!may_send_data) return;
  streams.write_control(writer);
  if (datagram_queue.can_send()) datagram_queue.write(writer);
  if (streams.can_send_data()) streams.write_data(writer);
}

void Connection::Impl::fill_data_space(Instant now, PathState& path, bool may_send_data) {
  PacketWriter& writer = train_.writer();
  const bool may_carry = may_send_data_on(path);
  if (may_carry && may_send_data && is_handshake_done_pending_) {
    if (write_frame(HandshakeDoneFrame{}, {.kind = SentFrame::Kind::handshake_done}))
      is_handshake_done_pending_ = false;
  }
  if (may_carry) write_acks(now, EncryptionLevel::one_rtt, may_send_data && train_.datagram_count() == 0);
  write_path_frames(now, path);
  if (may_send_data && path.repeats_data) write_copies(path);
  if (!may_carry || !may_send_data) return;
  if (ack_frequency_sender_.needs_frame()) {
    const AckFrequencyFrame frame = ack_frequency_sender_.frame();
    if (write_frame(frame, {.kind = SentFrame::Kind::ack_frequency, .id = frame.sequence})) {
      ack_frequency_sender_.on_written();
    }
  }
  if (nat_ && nat_->can_send()) nat_->write(writer);
  write_abandons(path);
  if (path.is_abandoned()) return;  // [quic.md 61] it carries nothing else any more
  crypto(EncryptionLevel::one_rtt).write(writer);
  write_statuses();
  if (is_max_path_id_pending_ &&
      write_frame(MaxPathIdFrame{PathId{local_max_path_id_}}, {.kind = SentFrame::Kind::max_path_id})) {
    is_max_path_id_pending_ = false;
  }
  if (path_blocked_.can_send()) path_blocked_.write(writer);
  write_new_tokens(now, path);
  streams.write_control(writer);
  if (local_cids_.can_send()) local_cids_.write(writer, is_multipath);
  if (remote_cids_.can_send()) remote_cids_.write(writer, is_multipath);
  if (datagram_queue.can_send()) datagram_queue.write(writer);
  if (streams.can_send_data()) streams.write_data(writer);
}

void Connection::Impl::write_acks(Instant now, EncryptionLevel level, bool may_volunteer) {
  if (level != EncryptionLevel::one_rtt) {
    HandshakeSpace& space = handshake_spaces_[index_of(space_of(level))];
    if (space.acks.is_due(now) || space.acks.has_unsent_elicited()) {
      write_ack(now, space.acks, std::nullopt, path_zero, level);
    }
    return;
  }
  // [quic.md 58] Acknowledgements of all paths ride on whichever path sends.
  for (auto& path : paths_) {
    const bool rides_along = may_volunteer && (path->acks.has_unsent_elicited() || path->acks.should_volunteer());
    if (!path->acks.is_due(now) && !rides_along) continue;
    // [quic.md 59] PATH_ACK from the moment multipath is in force, for path 0 too.
    write_ack(now, path->acks, is_multipath ? std::optional(path->id) : std::nullopt, path->id, level);
  }
}

void Connection::Impl::write_ack(Instant now, AckManager& acks, std::optional<PathId> path_in_frame, PathId path,
                                 EncryptionLevel level) {
  const auto ranges = acks.received().ranges();
  if (ranges.empty()) return;
  PacketWriter& writer = train_.writer();
  // [RFC 9000 §18.2] Our ack_delay_exponent is the default, 3.
  constexpr unsigned ack_delay_exponent = 3;
  const auto delay_us = std::chrono::duration_cast<base::microseconds>(acks.ack_delay(now)).count();
  const std::uint64_t delay =
      level == EncryptionLevel::one_rtt ? static_cast<std::uint64_t>(delay_us) >> ack_delay_exponent : 0;
  const auto ecn = acks.ecn_counts();
  const AckPlan plan = plan_ack(path_in_frame, ranges, delay, ecn, writer.remaining());
  if (plan.range_count == 0) return;
  base::ByteWriter out(writer.reserve(plan.size));
  encode_ack(out, path_in_frame, ranges, delay, ecn, plan.size);
  const PacketNumber largest = ranges.front().last;
  writer.record({.kind = SentFrame::Kind::ack, .level = level, .path = path, .id = largest});
  acks.on_ack_sent(now, largest);
  ++stats_.acks_sent;
}

void Connection::Impl::write_path_frames(Instant now, PathState& path) {
  if (path.is_abandoned()) return;
  if (path.is_ping_pending && write_frame(PingFrame{}, {.kind = SentFrame::Kind::ping})) path.is_ping_pending = false;
  if (path.is_immediate_ack_pending) {
    // [quic.md 83] IMMEDIATE_ACK only to peers that know it.
    const bool done = peer_parameters_.min_ack_delay_us
                          ? write_frame(ImmediateAckFrame{}, {.kind = SentFrame::Kind::immediate_ack})
                          : write_frame(PingFrame{}, {.kind = SentFrame::Kind::ping});
    if (done) path.is_immediate_ack_pending = false;
  }
  // [quic.md 51, 52] Only where the datagram can be padded to 1200 bytes, which write_datagram() sees to.
  if (const auto token = path.validator.poll_challenge(now, random(), path.recovery.rtt().pto_base(Duration::zero()))) {
    write_frame(PathChallengeFrame{*token}, {.kind = SentFrame::Kind::path_challenge, .path = path.id});
    if (path.is_status_pending) write_status(path);
    address_discovery_.observe(path.id, path.four_tuple.remote, path.generation);
  }
  if (const auto response = path.responses.pop_on_path(path.four_tuple)) {
    write_frame(PathResponseFrame{response->token}, {.kind = SentFrame::Kind::path_response, .path = path.id});
    address_discovery_.observe(path.id, path.four_tuple.remote, path.generation);
  }
  if (address_discovery_.can_send(path.id)) address_discovery_.write(train_.writer(), path.id);
}

void Connection::Impl::write_abandons(const PathState& carrier) {
  for (auto& path : paths_) {
    if (!path->abandon || path->abandon->is_written) continue;
    if (write_frame(PathAbandonFrame{path->id, path->abandon->code},
                    {.kind = SentFrame::Kind::path_abandon, .path = path->id, .id = path->abandon->code})) {
      path->abandon->is_written = true;
      path->abandon->is_carried_by_itself = path.get() == &carrier;
      remote_cids_.abandon(path->id);  // [quic.md 46]
    }
  }
  while (!abandon_replies_.empty()) {
    const PathAbandonFrame& reply = abandon_replies_.back();
    if (!write_frame(reply, {.kind = SentFrame::Kind::path_abandon, .path = reply.path, .id = reply.code})) return;
    abandon_replies_.pop_back();
  }
}

void Connection::Impl::write_copies(PathState& path) {
  std::size_t done = 0;
  while (done < path.copies.size() && streams.write_copy(train_.writer(), path.copies[done])) ++done;
  path.copies.erase(path.copies.begin(), path.copies.begin() + static_cast<std::ptrdiff_t>(done));
}

/// What a packet of another path carries is to go out here as well.
void Connection::Impl::note_copies(const PathState& sent_on) {
  for (auto& path : paths_) {
    if (!path->repeats_data || path.get() == &sent_on) continue;
    for (const SentFrame& frame : train_.writer().frames()) {
      if (frame.kind == SentFrame::Kind::stream && path->copies.size() < PathState::copies_max) {
        path->copies.push_back(frame);
      }
    }
  }
}

/// Of paths that are in use; one that is being opened speaks for itself, along with its challenge.
void Connection::Impl::write_statuses() {
  for (auto& path : paths_) {
    if (path->is_status_pending && path->is_validated && !write_status(*path)) return;
  }
}

bool Connection::Impl::write_status(PathState& path) {
  const PathStatusFrame frame{path.id, path.status == PathStatus::backup, path.status_sequence};
  if (!write_frame(frame, {.kind = SentFrame::Kind::path_status, .path = path.id})) return false;
  path.is_status_pending = false;
  return true;
}

/// [RFC 9002 §6.2.4] A probe carries what is in doubt again, or new data; a PING if there is neither.
void Connection::Impl::prepare_probe(PathState& path, EncryptionLevel level) {
  if (level != EncryptionLevel::one_rtt) return crypto(level).requeue_unacked();
  if (peer_parameters_.min_ack_delay_us) path.is_immediate_ack_pending = true;
  if (streams.can_send_data() || wants_control()) return;
  probe_frames_.clear();
  path.recovery.oldest_unacked_frames(SpaceId::data, probe_frames_);
  for (const SentFrame& frame : probe_frames_) on_lost(frame);
}

template bool Connection::Impl::write_frame(const PingFrame&, const SentFrame&);
template bool Connection::Impl::write_frame(const ImmediateAckFrame&, const SentFrame&);
template bool Connection::Impl::write_frame(const PathChallengeFrame&, const SentFrame&);
template bool Connection::Impl::write_frame(const PathResponseFrame&, const SentFrame&);

}  // namespace iroh::quic
