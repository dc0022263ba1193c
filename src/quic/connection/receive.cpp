// SPDX-License-Identifier: MIT OR Apache-2.0
// Datagram -> packet -> frames: datagrams, long headers, and what every authenticated packet goes through.
#include "quic/connection/impl.hpp"
#include "quic/protection/header_protection.hpp"
#include "quic/protection/retry_tag.hpp"
#include "quic/wire/packet_number.hpp"

namespace iroh::quic {
namespace {

ReceivedDatagrams part_of(const ReceivedDatagrams& whole, MutableByteSpan part, std::size_t segment_size) {
  ReceivedDatagrams out = whole;
  out.payload = part;
  out.segment_size = segment_size;
  return out;
}

}  // namespace

void Connection::Impl::handle_datagrams(Instant now, const ReceivedDatagrams& datagrams, PathId path_id) {
  if (state == State::draining || state == State::drained) return;
  trace_now_ = now;
  const std::size_t segment = datagrams.segment_size == 0 ? datagrams.payload.size() : datagrams.segment_size;
  const std::size_t count = segment == 0 ? 0 : (datagrams.payload.size() + segment - 1) / segment;
  if (!is_replaying_) count_received(datagrams, count, path_id);
  MutableByteSpan rest = datagrams.payload;
  while (!rest.empty()) {
    std::size_t size = std::min(segment, rest.size());
    if (has_long_header(rest)) {
      receive_datagram(now, part_of(datagrams, rest.first(size), size), path_id);
    } else {
      while (size < rest.size() && !has_long_header(rest.subspan(size))) size += std::min(segment, rest.size() - size);
      receive_train(now, part_of(datagrams, rest.first(size), segment), path_id);
    }
    rest = rest.subspan(size);
  }
  replay_early_packets(now);
  release_tls_when_due(now);
}

void Connection::Impl::count_received(const ReceivedDatagrams& datagrams, std::size_t count, PathId path_id) {
  stats_.udp_rx_datagrams += count;
  stats_.udp_rx_bytes += datagrams.payload.size();
  if (PathState* path = find_path(path_id)) {
    path->udp_rx_datagrams += count;
    path->udp_rx_bytes += datagrams.payload.size();
    // [quic.md 96] Credit only for bytes from this very 4-tuple.
    if (is_same_path(path->four_tuple, datagrams.four_tuple)) path->amplification.on_received(datagrams.payload.size());
  }
  // [quic.md 88] [RFC 9000 §10.2.1] While closing, answers get rarer: the 1st, 2nd, 4th, 8th ... datagram.
  if (state != State::closing) return;
  close_received_ += count;
  if (close_received_ >= close_answer_at_) {
    close_answer_at_ = close_received_ * 2;
    is_close_pending_ = true;
  }
}

/// A datagram that starts with a long header: packets one after another. [RFC 9000 §12.2]
void Connection::Impl::receive_datagram(Instant now, const ReceivedDatagrams& datagram, PathId path) {
  MutableByteSpan rest = datagram.payload;
  std::optional<ConnectionId> dcid;
  while (!rest.empty()) {
    const auto parsed = parse_packet(rest, parameters.local_cid.size());
    if (!parsed) return;  // [quic.md 30] a tail that cannot be understood is dropped
    const MutableByteSpan packet = rest.first(parsed->size);
    rest = rest.subspan(parsed->size);
    // [RFC 9000 §12.2] All packets of a datagram are for the same id; others are ignored.
    if (dcid && !(*dcid == parsed->dcid)) continue;
    dcid = parsed->dcid;
    if (parsed->type == PacketType::one_rtt) {
      receive_train(now, part_of(datagram, packet, packet.size()), path);
    } else {
      receive_long(now, packet, *parsed, datagram);
    }
  }
}

void Connection::Impl::receive_long(Instant now, MutableByteSpan packet, const ParsedPacket& parsed,
                                    const ReceivedDatagrams& datagram) {
  switch (parsed.type) {
    case PacketType::initial:
    case PacketType::handshake:
      return receive_handshake_packet(now, packet, parsed, datagram);
    case PacketType::version_negotiation:
      return receive_version_negotiation(parsed);
    case PacketType::retry:
      return receive_retry(now, packet, parsed, datagram.four_tuple);
    case PacketType::zero_rtt:
      return receive_early_packet(now, packet, parsed, datagram);
    case PacketType::one_rtt:
      return;
  }
}

void Connection::Impl::receive_handshake_packet(Instant now, MutableByteSpan packet, const ParsedPacket& parsed,
                                                const ReceivedDatagrams& datagram) {
  const bool is_initial = parsed.type == PacketType::initial;
  const EncryptionLevel level = is_initial ? EncryptionLevel::initial : EncryptionLevel::handshake;
  const SpaceId space_id = space_of(level);
  HandshakeSpace& space = handshake_spaces_[index_of(space_id)];
  PathState& path = *paths_.front();
  if (space.is_discarded || !has_right_fixed_bit(parsed.first_byte) || !is_acceptable_source(path, datagram.four_tuple))
    return;
  if (!space.keys || space.keys->open.aead == nullptr) return keep_early(packet, datagram, path_zero);
  // [quic.md §6.5] Of all Initials of an attempt the first one's token counts.
  if (is_initial && is_server() && !base::equal(parsed.token, parameters.initial_token)) return;
  // [RFC 9000 §7.2] Once the peer's source id is known, packets with another one are discarded.
  if (has_authenticated_ && !(parsed.scid == remote_initial_source_)) return;

  const auto opened = open_long(packet, parsed, space.keys->open, space.acks);
  if (!opened) return;
  if (!has_authenticated_) {
    remote_initial_source_ = parsed.scid;
    remote_cids_.set_initial(parsed.scid);
  }
  const PacketContext context{now, level, &path, opened->number, datagram.four_tuple, datagram.ecn, &datagram.buffer,
                              true};
  if (!has_zero_reserved_bits(opened->first_byte)) {
    return fail(now, {ErrorCode::protocol_violation, "reserved bits are set", 0});
  }
  on_authenticated(context);
  if (!is_initial) {
    has_handshake_packet_ = true;
    if (is_server()) {
      // [RFC 9000 §8.1] [quic.md 33] The client has read our Handshake keys' secret: its address is real.
      path.amplification.lift();
      discard_space(SpaceId::initial);
    }
  }
  process_packet(context, opened->payload);
}

std::optional<Connection::Impl::OpenedLong> Connection::Impl::open_long(MutableByteSpan packet,
                                                                        const ParsedPacket& parsed, DirectionKeys& keys,
                                                                        const AckManager& acks) {
  const auto sample = sample_at(packet, parsed.pn_offset);
  if (!sample) return std::nullopt;
  crypto::HeaderMask mask{};
  keys.header->masks(std::span(&*sample, 1), std::span(&mask, 1));
  const UnprotectedHeader header = remove_header_protection(packet, parsed.pn_offset, mask);
  const auto largest = acks.received().largest();
  const PacketNumber number = expand_packet_number(header.truncated_pn, header.pn_size, largest ? *largest + 1 : 0);
  const std::size_t header_size = parsed.pn_offset + header.pn_size;
  crypto::OpenJob job{.nonce = make_nonce(keys.iv, path_zero, number),
                      .aad = packet.first(header_size),
                      .sealed = packet.subspan(header_size)};
  keys.aead->open(std::span(&job, 1));
  if (!job.ok || acks.is_duplicate(number)) return std::nullopt;
  return OpenedLong{number, header.first_byte,
                    packet.subspan(header_size, packet.size() - header_size - aead_tag_size)};
}

/// 0-RTT packets share path 0's data space with 1-RTT. [RFC 9000 §17.2.3], [quic.md §6.6]
void Connection::Impl::receive_early_packet(Instant now, MutableByteSpan packet, const ParsedPacket& parsed,
                                            const ReceivedDatagrams& datagram) {
  PathState& path = *paths_.front();
  if (!is_server() || !has_right_fixed_bit(parsed.first_byte) || !is_acceptable_source(path, datagram.four_tuple))
    return;
  if (early_keys_until_ && now >= *early_keys_until_) early_keys_.reset();
  if (!early_keys_) {
    // Before the ClientHello it cannot be known whether keys will come; afterwards there are none because 0-RTT was
    // refused, or is over.
    if (!handshake_spaces_[1].keys && !is_complete_) keep_early(packet, datagram, path_zero);
    return;
  }
  const auto opened = open_long(packet, parsed, *early_keys_, path.acks);
  if (!opened) return;
  if (!has_zero_reserved_bits(opened->first_byte)) {
    return fail(now, {ErrorCode::protocol_violation, "reserved bits are set", 0});
  }
  const PacketContext context{now,          EncryptionLevel::zero_rtt, &path, opened->number, datagram.four_tuple,
                              datagram.ecn, &datagram.buffer,          true};
  on_authenticated(context);
  process_packet(context, opened->payload);
}

/// [quic.md 28] [RFC 9287 §3]
bool Connection::Impl::has_right_fixed_bit(std::uint8_t first_byte) const noexcept {
  return (first_byte & 0x40) != 0 || local_parameters_.grease_quic_bit;
}

bool Connection::Impl::is_acceptable_source(const PathState& path, const FourTuple& source) const {
  if (is_same_path({path.four_tuple.remote, std::nullopt}, source)) return true;
  // [quic.md 37] Until the first authenticated Handshake packet the server's answers may come from any address.
  if (!is_server()) return !has_handshake_packet_;
  // [quic.md 40] Copies of an Initial from elsewhere belong to this connection and are passed over.
  return is_confirmed_;
}

void Connection::Impl::on_authenticated(const PacketContext& context) {
  PathState& path = *context.path;
  has_authenticated_ = true;
  if (!is_server() && !is_confirmed_ && !has_handshake_packet_) {
    // [endpoint.md §5.4] The address that answers first is path 0's.
    path.four_tuple = context.four_tuple;
    every_known_address_ = false;
  } else if (!path.four_tuple.local && is_same_path(path.four_tuple, context.four_tuple)) {
    path.four_tuple.local = context.four_tuple.local;
  }
  on_packet_received_timers(context.now, path);
}

void Connection::Impl::process_packet(const PacketContext& context, ByteSpan payload) {
  if (qlog_.is_on()) trace_received(context, payload);
  FrameParser parser(payload);
  bool is_eliciting = false;
  bool is_probing_packet = true;
  for (;;) {
    auto next = parser.next();
    if (!next) return fail(context.now, next.error());
    if (!*next) break;
    const Frame& frame = **next;
    if (!is_allowed(frame, context.level)) {
      return fail(context.now, {ErrorCode::protocol_violation, "frame not allowed at this level", parser.frame_type()});
    }
    is_eliciting = is_eliciting || is_ack_eliciting(frame);
    is_probing_packet = is_probing_packet && is_probing(frame);
    if (state == State::closing && !std::holds_alternative<ConnectionCloseFrame>(frame)) continue;
    if (auto handled = dispatch(context, frame); !handled) {
      TransportError error = std::move(handled).error();
      error.frame_type = parser.frame_type();  // [quic.md 11] as it came, with the flags in its low bits
      return fail(context.now, error);
    }
    if (state == State::draining) return;
  }
  // [quic.md 12] The parser refuses a payload without frames.
  if (space_of(context.level) == SpaceId::data) {
    context.path->acks.on_packet(context.now, context.number, is_eliciting, context.ecn);
    if (context.path->is_abandoned() && is_eliciting) context.path->acks.request_immediate();  // [quic.md 62]
    if (!context.is_on_path && context.level == EncryptionLevel::one_rtt &&
        ((is_multipath && !nat_) || !is_probing_packet))
      follow_peer(context);
  } else {
    handshake_spaces_[index_of(space_of(context.level))].acks.on_packet(context.now, context.number, is_eliciting,
                                                                        context.ecn);
  }
}

void Connection::Impl::keep_early(MutableByteSpan packet, const ReceivedDatagrams& datagram, PathId path) {
  if (early_packets_.size() >= early_packets_max) return;
  early_packets_.push_back({copy_out(part_of(datagram, packet, packet.size())), path});
}

void Connection::Impl::receive_version_negotiation(const ParsedPacket& parsed) {
  // [quic.md 36] [RFC 9000 §6.2] Only as the very first answer, and only if our version is not in it.
  if (is_server() || has_authenticated_ || state != State::handshaking) return;
  if (lists_version(parsed.supported_versions, version_1)) return;
  if (!(parsed.dcid == parameters.local_cid) || !(parsed.scid == initial_dcid_)) return;
  end_silently({.kind = CloseReason::Kind::version_mismatch, .reason = "the server does not speak QUIC version 1"});
}

void Connection::Impl::receive_retry(Instant now, ByteSpan packet, const ParsedPacket& parsed,
                                     const FourTuple& four_tuple) {
  // [quic.md 35] [RFC 9000 §17.2.5.2] At most one, only before anything was authenticated, with a token and a right
  // tag.
  if (is_server() || has_authenticated_ || retry_source_ || state != State::handshaking || parsed.token.empty()) return;
  if (!is_retry_tag_valid(packet, parameters.original_dcid)) return;
  PathState& path = *paths_.front();
  retry_source_ = parsed.scid;
  initial_dcid_ = parsed.scid;
  initial_token_.assign(parsed.token.begin(), parsed.token.end());
  remote_cids_.set_initial(parsed.scid);
  handshake_spaces_[0].keys = make_initial_keys(parsed.scid, parameters.side);
  path.recovery.all_in_flight_as_lost(SpaceId::initial, recovery_output_);
  apply(now, path, SpaceId::initial);
  crypto(EncryptionLevel::initial).requeue_unacked();
  // [quic.md §6.5] The server has kept nothing: 0-RTT data goes again, packet numbers go on.
  path.recovery.all_in_flight_as_lost(SpaceId::data, recovery_output_);
  apply(now, path, SpaceId::data);
  // [quic.md 95] A verified Retry is an answer: its token is bound to the address that it came from.
  path.four_tuple = four_tuple;
  every_known_address_ = false;
}

}  // namespace iroh::quic
