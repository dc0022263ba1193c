// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs of short headers: unmask all of them in one call, open runs that share a key in one call, then look inside.
// [RFC 9001 §5.4, §6], [quic.md §4.5]
#include <cstring>

#include "quic/connection/impl.hpp"
#include "quic/protection/header_protection.hpp"
#include "quic/wire/packet_number.hpp"

namespace iroh::quic {

void Connection::Impl::receive_train(Instant now, const ReceivedDatagrams& datagrams, PathId path) {
  // [RFC 9001 §5.7] A server may not read 1-RTT packets before it has the client's Finished. [quic.md 39] Whatever path
  // they are for, they wait; accept_path() discards those of paths that cannot be.
  if (!one_rtt_ || !is_complete_) {
    MutableByteSpan rest = datagrams.payload;
    while (!rest.empty()) {
      const std::size_t size = std::min(datagrams.segment_size, rest.size());
      keep_early(rest.first(size), datagrams, path);
      rest = rest.subspan(size);
    }
    return;
  }
  unmask_train(datagrams, path);
  std::size_t first = 0;
  while (first < opened_.size()) {
    const auto generation_of = [&](const OpenedPacket& packet) {
      return one_rtt_->choose(path, packet.number, key_phase_bit_of(packet.first_byte));
    };
    const auto generation = generation_of(opened_[first]);
    std::size_t last = first + 1;
    // Opening with other than the current keys may change which are current: such packets go one at a time.
    if (generation == OneRttKeys::Generation::current) {
      while (last < opened_.size() && generation_of(opened_[last]) == generation) ++last;
    }
    open_run(first, last, generation, path);
    for (std::size_t i = first; i < last; ++i) {
      if (state == State::draining || state == State::drained) return;
      if (open_jobs_[i - first].ok) {
        accept_opened(now, datagrams, path, opened_[i], generation);
      } else if (auto allowed = one_rtt_->on_forged(); !allowed) {
        // [RFC 9001 §6.6] Too many forgeries: the key is no longer trustworthy, nothing may be sealed with it either.
        return end_silently({.kind = CloseReason::Kind::transport_error,
                             .code = static_cast<std::uint64_t>(allowed.error().code),
                             .reason = allowed.error().reason});
      }
    }
    first = last;
  }
}

void Connection::Impl::unmask_train(const ReceivedDatagrams& datagrams, PathId path) {
  const std::size_t number_offset = 1 + parameters.local_cid.size();
  opened_.clear();
  samples_.clear();
  MutableByteSpan rest = datagrams.payload;
  while (!rest.empty()) {
    const MutableByteSpan packet = rest.first(std::min(datagrams.segment_size, rest.size()));
    rest = rest.subspan(packet.size());
    if (!has_right_fixed_bit(std::to_integer<std::uint8_t>(packet[0]))) continue;
    const auto sample = sample_at(packet, number_offset);
    if (!sample) continue;
    samples_.push_back(*sample);
    opened_.push_back({packet, 0, 0, 0});
  }
  if (opened_.empty()) return;
  masks_.resize(samples_.size());
  one_rtt_->receive_header_key().masks(samples_, masks_);
  const PathState* state_of_path = find_path(path);
  const auto largest = state_of_path != nullptr ? state_of_path->acks.received().largest() : std::nullopt;
  PacketNumber expected = largest ? *largest + 1 : 0;
  for (std::size_t i = 0; i < opened_.size(); ++i) {
    OpenedPacket& opened = opened_[i];
    const UnprotectedHeader header = remove_header_protection(opened.packet, number_offset, masks_[i]);
    opened.first_byte = header.first_byte;
    opened.header_size = number_offset + header.pn_size;
    opened.number = expand_packet_number(header.truncated_pn, header.pn_size, expected);
  }
}

void Connection::Impl::open_run(std::size_t first, std::size_t last, OneRttKeys::Generation generation, PathId path) {
  open_jobs_.clear();
  for (std::size_t i = first; i < last; ++i) {
    const OpenedPacket& opened = opened_[i];
    open_jobs_.push_back({.nonce = make_nonce(one_rtt_->open_iv(generation), path, opened.number),
                          .aad = opened.packet.first(opened.header_size),
                          .sealed = opened.packet.subspan(opened.header_size)});
  }
  one_rtt_->open_key(generation).open(open_jobs_);
}

void Connection::Impl::accept_opened(Instant now, const ReceivedDatagrams& datagrams, PathId id,
                                     const OpenedPacket& opened, OneRttKeys::Generation generation) {
  PathState* path = find_path(id);
  if (path == nullptr) path = accept_path(now, id, datagrams.four_tuple);
  if (path == nullptr || path->acks.is_duplicate(opened.number)) return;
  if (!has_zero_reserved_bits(opened.first_byte)) {
    return fail(now, {ErrorCode::protocol_violation, "reserved bits are set", 0});
  }
  const auto updates = one_rtt_->update_count();
  const auto largest = path->acks.received().largest();
  if (auto opened_ok = one_rtt_->on_opened(generation, id, opened.number, largest); !opened_ok) {
    return fail(now, opened_ok.error());
  }
  stats_.key_updates += one_rtt_->update_count() - updates;
  // [quic.md §6.6] [RFC 9001 §4.9.3] The client sends no 0-RTT any more; what is on its way may be late.
  if (early_keys_ && !early_keys_until_) early_keys_until_ = now + 3 * largest_pto();
  // [quic.md 26] Old keys stay for packets that are late.
  if (one_rtt_->needs_discard_time()) one_rtt_->set_discard_at(now + 3 * largest_pto());
  const bool is_on_path = is_same_path({path->four_tuple.remote, std::nullopt}, datagrams.four_tuple);
  // A client never follows a moved server. [RFC 9000 §9.6] [quic.md §4.12] It hears probes of NAT traversal, though.
  if (!is_on_path && !is_server() && (!nat_ || !is_confirmed_)) return;
  if (!largest || opened.number > *largest) {
    // [RFC 9000 §17.4] Servers reflect the spin bit, clients invert it.
    spin_ = may_spin_ && (spin_bit_of(opened.first_byte) != !is_server());
  }
  const PacketContext context{now,           EncryptionLevel::one_rtt, path,      opened.number, datagrams.four_tuple,
                              datagrams.ecn, &datagrams.buffer,        is_on_path};
  on_authenticated(context);
  process_packet(context,
                 opened.packet.subspan(opened.header_size, opened.packet.size() - opened.header_size - aead_tag_size));
}

/// The peer's packets come from another address: the path moves there, and has to be validated. [RFC 9000 §9]
void Connection::Impl::follow_peer(const PacketContext& context) {
  PathState& path = *context.path;
  // [quic.md §4.12] Only a server follows, only after confirmation, and only the newest packet counts.
  if (!is_server() || !is_confirmed_ || path.is_abandoned() || context.number != path.acks.received().largest()) return;
  const bool is_rebinding = path.four_tuple.remote.ip() == context.four_tuple.remote.ip();
  if (path.is_validated) {
    path.previous = {path.four_tuple, context.now + 3 * path.recovery.pto(SpaceId::data, pto_context(path))};
  }
  path.four_tuple = context.four_tuple;
  ++path.generation;
  if (qlog_.is_on()) qlog_.tuple_assigned(trace_now_, path.id, path.four_tuple);
  address_discovery_.observe(path.id, path.four_tuple.remote, path.generation);
  path.is_validated = false;
  path.amplification = AmplificationLimit(Side::server);
  path.amplification.on_received(datagram_size_min);
  path.validator.start(path.four_tuple);
  if (!is_rebinding) {
    // [RFC 9000 §9.4] Another network: window, RTT and MTU start again. Only a changed port keeps them.
    auto fresh = make_path(path.id, path.four_tuple, path.amplification);
    path.recovery.all_in_flight_as_lost(SpaceId::data, recovery_output_);
    apply(context.now, path, SpaceId::data);
    fresh->recovery.continue_from(path.recovery);
    path.recovery = std::move(fresh->recovery);
    path.pacer = fresh->pacer;
    path.mtu = fresh->mtu;
    datagram_queue.set_max_size(max_datagram_size());
  }
  // [RFC 9000 §9.5] Another id, so that observers cannot link the two addresses.
  if (remote_cids_.rotate(path.id)) watch_active_token(path.id);
  spin_ = false;
}

}  // namespace iroh::quic
