// SPDX-License-Identifier: MIT OR Apache-2.0
// Which packet next, on which path: trains of datagrams within the limits of amplification, window and pacing.
#include <algorithm>
#include <array>

#include "quic/connection/impl.hpp"

namespace iroh::quic {
namespace {

constexpr EncryptionLevel levels_in_order[] = {EncryptionLevel::initial, EncryptionLevel::zero_rtt,
                                               EncryptionLevel::handshake, EncryptionLevel::one_rtt};
/// [quic.md §6.4] A further packet is only begun in a datagram if more than this is left.
constexpr std::size_t coalescing_room_min = 87;
/// [quic.md §7.9] A datagram this little short of the train's size is padded, so that the train goes on.
constexpr std::size_t train_padding_max = 32;
/// What one send may carry: the payload of the largest IPv4 packet, which is also how the kernel counts a train.
constexpr std::size_t train_bytes_max = 65'507;

}  // namespace

std::optional<Transmit> Connection::Impl::poll_transmit(Instant now, MutableByteSpan buffer) {
  if (state == State::drained) return std::nullopt;
  trace_now_ = now;
  if (state == State::closing || state == State::draining) return transmit_close(now, buffer);
  if (one_rtt_ && !one_rtt_->may_seal()) {
    end_silently({.kind = CloseReason::Kind::transport_error,
                  .code = static_cast<std::uint64_t>(ErrorCode::aead_limit_reached),
                  .reason = "packets sealed with one key"});
    return std::nullopt;
  }
  if (one_rtt_ && one_rtt_->should_update()) one_rtt_->initiate_update();
  Duration rtt_max{};
  for (const auto& path : paths_) rtt_max = std::max(rtt_max, path->recovery.rtt().smoothed());
  streams.on_turn(now, rtt_max);
  for (auto& path : paths_) {
    if (auto transmit = transmit_off_path(now, *path, buffer)) return transmit;
  }
  if (auto transmit = transmit_nat_probe(now, buffer)) return transmit;
  schedule_paths();
  for (PathState* path : send_order_) {
    if (auto transmit = transmit_on(now, *path, buffer)) return transmit;
    if (auto transmit = transmit_mtu_probe(now, *path, buffer)) return transmit;
  }
  return std::nullopt;
}

/// Who carries data in the coming train, and who is asked first: those, then the others for what only they can send.
void Connection::Impl::schedule_paths() {
  send_order_.clear();
  for (auto& path : paths_) send_order_.push_back(path.get());
  if (paths_.size() == 1) {
    PathState& only = *paths_.front();
    only.carries_data = only.is_validated && is_sendable(only);
    only.repeats_data = false;
    return;
  }
  candidates_.clear();
  for (auto& path : paths_) {
    path->carries_data = path->repeats_data = false;
    if (!path->is_validated || !is_sendable(*path)) continue;
    candidates_.push_back({.id = path->id,
                           .status = path->status,
                           .remote_status = path->remote_status ? path->remote_status->status : PathStatus::available,
                           .rtt = path->recovery.rtt().smoothed(),
                           .window = path->recovery.congestion_window(),
                           .in_flight = path->recovery.bytes_in_flight()});
  }
  scheduler_->schedule(candidates_);
  std::ranges::stable_sort(candidates_, {}, &PathCandidate::rank);
  std::size_t front = 0;
  for (const PathCandidate& candidate : candidates_) {
    if (candidate.repeats_data) find_path(candidate.id)->repeats_data = true;
    if (!candidate.carries_data) continue;
    find_path(candidate.id)->carries_data = true;
    const auto at = std::ranges::find(send_order_, candidate.id, [](const PathState* path) { return path->id; });
    std::ranges::rotate(send_order_.begin() + static_cast<std::ptrdiff_t>(front++), at, at + 1);
  }
}

bool Connection::Impl::may_send_data_on(const PathState& path) const noexcept {
  // [quic.md 57] Validated paths with connection ids; while the handshake runs, path 0.
  if (!is_sendable(path)) return announces_own_end(path);
  if (!is_complete_) return path.id == path_zero;
  return path.carries_data;
}

std::optional<Transmit> Connection::Impl::transmit_on(Instant now, PathState& path, MutableByteSpan buffer) {
  // [quic.md 34]
  if (!remote_cids_.has_path(path.id) || is_amplification_blocked(path)) return std::nullopt;
  // [quic.md 84] Probes are small: if a packet was lost because of its size, the probe must not be.
  const bool probes = path.recovery.probes_pending(SpaceId::data) > 0;
  const std::size_t segment = probes ? datagram_size_min : path.mtu.current_mtu();
  path.pacer.set_controller_rate(path.recovery.controller().pacing_rate());
  const std::uint64_t allowance = path.pacer.allowance(now, path.recovery.congestion_window(),
                                                       path.recovery.rtt().smoothed(), path.mtu.current_mtu());
  const Ecn ecn = path.recovery.ecn_mark();
  train_.begin(buffer.first(std::min(buffer.size(), std::max(train_bytes_max, segment))), segment);
  bool is_blocked = false;
  while (train_.datagram_count() < config().gso_segments_max && train_.has_room()) {
    const bool has_credit = train_.size() < allowance;
    const bool has_window = path.recovery.can_send(segment);
    is_blocked = !has_credit;
    path.recovery.set_app_limited(has_window && has_credit);
    if (!write_datagram(now, path, has_credit && has_window)) {
      if (has_credit && has_window) path.recovery.on_nothing_to_send();
      break;
    }
    if (train_.datagram_count() == 1 && next_datagram_is_alike()) train_.narrow_segments();
    if (train_.size() != train_.datagram_count() * train_.segment_size()) break;  // a shorter one ends the train
    if (!is_complete_) break;
  }
  update_pacing(now, path, is_blocked);
  if (train_.datagram_count() == 0) return std::nullopt;
  return finish_train(path, path.four_tuple, ecn);
}

/// [performance.md 2.1] Messages of one size leave as one train, although each is too large to share a packet and too
/// small to fill one.
bool Connection::Impl::next_datagram_is_alike() const noexcept {
  return datagram_queue.can_send() && datagram_queue.next_frame_size() <= train_.writer().size() &&
         datagram_queue.next_frame_size() > train_.writer().remaining();
}

void Connection::Impl::update_pacing(Instant now, PathState& path, bool is_blocked) {
  path.pacing_at.reset();
  const bool wants_more = streams.can_send_data() || datagram_queue.can_send() || wants_control();
  if (!is_blocked || !wants_more || !may_send_data_on(path)) return;
  path.pacing_at = path.pacer.next_release(now, path.recovery.congestion_window(), path.recovery.rtt().smoothed(),
                                           path.mtu.current_mtu());
}

/// [RFC 9000 §8.1, §8.2.2] A new address gets a datagram of full size for a small one, so that its path can be tried.
/// Over the whole connection, though, no more than three times of what came: without this bound a peer that moves, or
/// challenges, with every packet has us send 30 times what it pays for to addresses that it makes up.
bool Connection::Impl::may_send_unproven() const noexcept {
  return unproven_sent_ / AmplificationLimit::factor < stats_.udp_rx_bytes;
}

bool Connection::Impl::is_amplification_blocked(const PathState& path) const noexcept {
  return path.amplification.is_blocked() || (!path.amplification.is_lifted() && is_confirmed_ && !may_send_unproven());
}

Transmit Connection::Impl::finish_train(PathState& path, const FourTuple& to, Ecn ecn) {
  train_.seal();
  datagram_queue.release_written();
  if (discard_initial_after_train_) {
    // [RFC 9001 §4.9.1] [quic.md 33] A client is done with Initial keys once it has sent a Handshake packet.
    discard_initial_after_train_ = false;
    discard_space(SpaceId::initial);
  }
  const bool is_on_path = is_same_path(path.four_tuple, to);
  if (is_on_path) path.amplification.on_sent(train_.size());
  if (is_confirmed_ && (!is_on_path || !path.amplification.is_lifted())) unproven_sent_ += train_.size();
  path.udp_tx_datagrams += train_.datagram_count();
  path.udp_tx_bytes += train_.size();
  stats_.udp_tx_datagrams += train_.datagram_count();
  stats_.udp_tx_bytes += train_.size();
  ++stats_.udp_tx_transmits;
  return {.four_tuple = to,
          .ecn = ecn,
          .size = train_.size(),
          .segment_size = train_.first_datagram_size(),
          .to_every_known_address = every_known_address_};
}

bool Connection::Impl::is_ack_due(Instant now, EncryptionLevel level) const noexcept {
  if (level != EncryptionLevel::one_rtt) return handshake_spaces_[index_of(space_of(level))].acks.is_due(now);
  return std::ranges::any_of(paths_, [now](const auto& path) { return path->acks.is_due(now); });
}

bool Connection::Impl::wants_packet(Instant now, const PathState& path, EncryptionLevel level,
                                    bool may_send_data) const {
  if (!has_keys(level)) return false;
  const SpaceId space = space_of(level);
  const bool must_probe = path.recovery.probes_pending(space) > 0;
  if (!is_complete_ && space == SpaceId::data)
    return path.id == path_zero && wants_early_packet(now, level, may_send_data);
  if (level != EncryptionLevel::one_rtt) {
    const bool has_crypto = crypto_[index_of(space)].can_send() && (may_send_data || must_probe);
    return path.id == path_zero && (is_ack_due(now, level) || has_crypto || must_probe);
  }
  if (must_probe || wants_path_frames(now, path)) return true;
  if (may_send_data && path.repeats_data && !path.copies.empty()) return true;
  if (!may_send_data_on(path)) return false;
  if (is_ack_due(now, level)) return true;
  if (!may_send_data) return false;
  return wants_control() || streams.can_send_data() || datagram_queue.can_send();
}

/// 0-RTT of a client, and 0.5-RTT of a server: what applications want to say, and acknowledgements of that.
bool Connection::Impl::wants_early_packet(Instant now, EncryptionLevel level, bool may_send_data) const {
  if (level == EncryptionLevel::one_rtt && is_ack_due(now, level)) return true;
  return may_send_data && (streams.can_send_control() || streams.can_send_data() || datagram_queue.can_send());
}

/// [quic.md 31, 51, 52] What the datagram has to be padded to; 0: not at all.
std::size_t Connection::Impl::datagram_size_wanted(Instant now, const PathState& path, bool has_initial) const {
  const bool is_initial_eliciting = crypto_[0].can_send() || path.recovery.probes_pending(SpaceId::initial) > 0;
  if (has_initial && (!is_server() || is_initial_eliciting)) return datagram_size_min;
  const bool validates = path.validator.is_due(now) || path.responses.has_on_path(path.four_tuple);
  return validates && has_keys(EncryptionLevel::one_rtt) ? datagram_size_min : 0;
}

bool Connection::Impl::write_datagram(Instant now, PathState& path, bool may_send_data) {
  std::array<bool, std::size(levels_in_order)> wanted{};
  std::optional<std::size_t> last;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    wanted[i] = wants_packet(now, path, levels_in_order[i], may_send_data);
    if (wanted[i]) last = i;
  }
  if (!last) return false;
  const std::size_t pad_to = datagram_size_wanted(now, path, wanted[0]);
  for (std::size_t i = 0; i <= *last; ++i) {
    if (train_.datagram_size() > 0 && train_.datagram_remaining() <= coalescing_room_min) break;
    if (wanted[i]) write_packet(now, path, levels_in_order[i], may_send_data, i == *last ? pad_to : 0);
  }
  const bool has_written = train_.datagram_size() > 0;
  train_.end_datagram();
  return has_written;
}

bool Connection::Impl::write_packet(Instant now, PathState& path, EncryptionLevel level, bool may_send_data,
                                    std::size_t pad_to) {
  const SpaceId space = space_of(level);
  const bool is_probe = path.recovery.probes_pending(space) > 0;
  if (is_probe) prepare_probe(path, level);
  begin_packet(path, level);
  PacketWriter& writer = train_.writer();
  fill(now, path, level, may_send_data || is_probe);
  if (is_probe && !writer.is_ack_eliciting()) write_frame(PingFrame{}, {.kind = SentFrame::Kind::ping});
  if (writer.empty() && pad_to == 0) return false;
  if (pad_to > 0) train_.pad_datagram_to(pad_to);
  const bool goes_on = level == EncryptionLevel::one_rtt && may_send_data && writer.is_ack_eliciting();
  if (goes_on && writer.remaining() > 0 && writer.remaining() <= train_padding_max) writer.pad(writer.remaining());
  if (is_probe) path.recovery.on_probe_sent(space);
  end_packet(now, path, level, true, false);
  return true;
}

/// [quic.md §4.7] Answers to challenges from other addresses: each alone in a datagram, ahead of everything else;
/// padded unless that would amplify. [RFC 9000 §8.2.2]
std::optional<Transmit> Connection::Impl::transmit_off_path(Instant now, PathState& path, MutableByteSpan buffer) {
  if (!is_complete_ || !remote_cids_.has_path(path.id)) return std::nullopt;
  const auto response = path.responses.pop_off_path(path.four_tuple);
  if (!response) return std::nullopt;
  train_.begin(buffer, datagram_size_min);
  begin_packet(path, EncryptionLevel::one_rtt);
  write_frame(PathResponseFrame{response->token}, {.kind = SentFrame::Kind::path_response});
  write_extra_challenge(response->four_tuple);
  if (may_send_unproven()) train_.pad_datagram_to(datagram_size_min);
  end_packet(now, path, EncryptionLevel::one_rtt, false, false);
  train_.end_datagram();
  return finish_train(path, response->four_tuple, Ecn::not_ect);
}

std::optional<Transmit> Connection::Impl::transmit_mtu_probe(Instant now, PathState& path, MutableByteSpan buffer) {
  // [quic.md §7.6] After the handshake, on validated paths that are not being validated again.
  if (!is_confirmed_ || !is_sendable(path) || !path.is_validated || path.validator.is_running()) return std::nullopt;
  const auto size = path.mtu.poll_probe(now);
  if (!size || *size > buffer.size() || !path.recovery.can_send(*size)) return std::nullopt;
  const Ecn ecn = path.recovery.ecn_mark();
  train_.begin(buffer, *size);
  begin_packet(path, EncryptionLevel::one_rtt);
  write_frame(PingFrame{}, {.kind = SentFrame::Kind::ping});
  if (peer_parameters_.min_ack_delay_us) write_frame(ImmediateAckFrame{}, {.kind = SentFrame::Kind::immediate_ack});
  train_.pad_datagram_to(*size);
  end_packet(now, path, EncryptionLevel::one_rtt, true, true);
  train_.end_datagram();
  path.mtu.on_probe_sent(*size);
  return finish_train(path, path.four_tuple, ecn);
}

}  // namespace iroh::quic
