// SPDX-License-Identifier: MIT OR Apache-2.0
// Beginning and ending a packet: keys, numbers, what recovery has to know. And the packets that carry a close.
#include "quic/connection/impl.hpp"

namespace iroh::quic {

bool Connection::Impl::has_keys(EncryptionLevel level) const noexcept {
  // [RFC 9001 §5.7] A server may send in 1-RTT when its own flight is out: 0.5-RTT. A client completes at that point.
  if (level == EncryptionLevel::one_rtt) return one_rtt_.has_value() && (is_complete_ || is_server());
  if (level == EncryptionLevel::zero_rtt) return !is_server() && early_keys_.has_value();
  const auto& keys = handshake_spaces_[index_of(space_of(level))].keys;
  return keys && keys->seal.aead != nullptr;
}

SealKeys Connection::Impl::keys_for(EncryptionLevel level) {
  if (level == EncryptionLevel::one_rtt) return seal_keys(one_rtt_->send_keys());
  if (level == EncryptionLevel::zero_rtt) return seal_keys(*early_keys_);
  return seal_keys(handshake_spaces_[index_of(space_of(level))].keys->seal);
}

PacketNumberGenerator& Connection::Impl::numbers(PathState& path, EncryptionLevel level) {
  return space_of(level) == SpaceId::data ? path.numbers : handshake_spaces_[index_of(space_of(level))].numbers;
}

void Connection::Impl::begin_packet(PathState& path, EncryptionLevel level) {
  const PacketNumber number = numbers(path, level).peek();
  const auto acked = path.recovery.largest_acked(space_of(level));
  const ConnectionId& dcid = *remote_cids_.active(path.id);
  // [quic.md 29] [RFC 9287 §3.1]
  const bool fixed_bit = !peer_parameters_.grease_quic_bit || random().chance(1, 2);
  if (level == EncryptionLevel::one_rtt) {
    train_.begin_short_packet({dcid, path.id, spin_, one_rtt_->key_phase(), fixed_bit}, number, acked);
  } else {
    const ByteSpan token = level == EncryptionLevel::initial ? ByteSpan(initial_token_) : ByteSpan();
    train_.begin_long_packet({level, dcid, parameters.local_cid, token, fixed_bit}, number, acked);
  }
}

void Connection::Impl::end_packet(Instant now, PathState& path, EncryptionLevel level, bool is_on_path,
                                  bool is_mtu_probe) {
  const SpaceId space = space_of(level);
  const std::size_t size = train_.end_packet(keys_for(level));
  const PacketWriter& writer = train_.writer();
  PacketNumberGenerator& generator = numbers(path, level);
  const PacketNumber number = generator.next(random());
  if (const auto skipped = generator.take_skipped()) path.recovery.on_packet_number_skipped(space, *skipped);
  const bool counts = is_on_path && (writer.is_ack_eliciting() || writer.is_padded());
  path.recovery.on_packet_sent(now, space, number,
                               {.size = static_cast<std::uint16_t>(size),
                                .ack_eliciting = writer.is_ack_eliciting(),
                                .in_flight = counts,
                                .ecn = is_on_path ? path.recovery.ecn_mark() : Ecn::not_ect,
                                .mtu_probe = is_mtu_probe},
                               writer.frames());
  if (qlog_.is_on()) trace_sent(path, level, number, size, is_mtu_probe);
  if (config().scheduler == SchedulerKind::redundant) note_copies(path);
  ++stats_.sent_packets;
  if (counts) path.pacer.on_sent(size);
  if (writer.is_ack_eliciting()) on_eliciting_sent_timers(now, path);
  if (level == EncryptionLevel::one_rtt) one_rtt_->on_sealed();
  if (level == EncryptionLevel::handshake && !is_server()) discard_initial_after_train_ = true;
}

// ---- closing

std::optional<Transmit> Connection::Impl::transmit_close(Instant now, MutableByteSpan buffer) {
  PathState& path = main_path();  // [quic.md §4.8]
  if (!is_close_pending_ || !remote_cids_.has_path(path.id) || is_amplification_blocked(path)) return std::nullopt;
  is_close_pending_ = false;
  // [quic.md 87] One close for every level that the peer may be able to read. [quic.md 99] The next level only where it
  // fits.
  constexpr std::size_t room_min = 87;
  train_.begin(buffer, datagram_size_min);
  for (const EncryptionLevel level : {EncryptionLevel::initial, EncryptionLevel::handshake, EncryptionLevel::one_rtt}) {
    const bool is_short = level == EncryptionLevel::one_rtt;
    if (!has_keys(level) || (is_confirmed_ && !is_short)) continue;
    if (train_.datagram_size() > 0 && train_.datagram_remaining() <= room_min) break;
    begin_packet(path, level);
    // [quic.md §6.8] What was received is acknowledged ahead of the close.
    write_acks(now, level, true);
    write_close(level);
    if (level == EncryptionLevel::initial && !is_server()) train_.pad_datagram_to(datagram_size_min);
    end_packet(now, path, level, false, false);
  }
  train_.end_datagram();
  if (train_.datagram_count() == 0) return std::nullopt;
  discard_initial_after_train_ = false;
  return finish_train(path, path.four_tuple, path.recovery.ecn_mark());
}

void Connection::Impl::write_close(EncryptionLevel level) {
  const bool answers = state == State::draining;  // the peer's close is answered by NO_ERROR
  ConnectionCloseFrame close;
  if (!answers) {
    close.code = close_reason->code;
    close.frame_type = close_reason->frame_type;
    close.reason = base::as_bytes(close_reason->reason);
    close.is_application = is_close_application_ && level == EncryptionLevel::one_rtt;
    if (is_close_application_ && !close.is_application) {
      // [RFC 9000 §10.2.3] [quic.md 91] What the application says is not for those who can read Initial packets.
      close.code = static_cast<std::uint64_t>(ErrorCode::application_error);
      close.reason = {};
    }
  }
  PacketWriter& writer = train_.writer();
  const std::size_t without_reason = encoded_size(close) - close.reason.size();
  if (without_reason > writer.remaining()) return;
  close.reason = close.reason.first(std::min(close.reason.size(), writer.remaining() - without_reason));
  base::ByteWriter out(writer.reserve(encoded_size(close)));
  encode(out, close);
}

}  // namespace iroh::quic
