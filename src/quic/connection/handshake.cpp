// SPDX-License-Identifier: MIT OR Apache-2.0
// The TLS session seen from QUIC: CRYPTO bytes in and out, keys installed and discarded, parameters judged. [RFC 9001
// §4]
#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "quic/connection/early_data.hpp"
#include "quic/connection/impl.hpp"

namespace iroh::quic {
namespace {

constexpr EncryptionLevel level_of(tls::Level level) noexcept {
  switch (level) {
    case tls::Level::initial:
      return EncryptionLevel::initial;
    case tls::Level::early:
      return EncryptionLevel::zero_rtt;
    case tls::Level::handshake:
      return EncryptionLevel::handshake;
    case tls::Level::application:
      break;
  }
  return EncryptionLevel::one_rtt;
}

constexpr tls::Level tls_level(EncryptionLevel level) noexcept {
  return level == EncryptionLevel::initial     ? tls::Level::initial
         : level == EncryptionLevel::handshake ? tls::Level::handshake
                                               : tls::Level::application;
}

TransportError to_transport_error(const tls::Alert& alert) {
  return {crypto_error(alert.description), alert.text, 0};
}

std::uint64_t to_ms(Duration duration) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<base::milliseconds>(duration).count());
}

/// [endpoint.md §2.12] [endpoint.md 25]
TransportParameters make_parameters(const Connection::Parameters& p, std::uint64_t max_datagram_frame_size) {
  const TransportConfig& config = p.config;
  TransportParameters out;
  out.max_idle_timeout_ms = to_ms(config.max_idle_timeout);
  out.max_udp_payload_size = config.max_udp_payload;
  out.initial_max_data = config.receive_window;
  out.initial_max_stream_data_bidi_local = config.stream_receive_window;
  out.initial_max_stream_data_bidi_remote = config.stream_receive_window;
  out.initial_max_stream_data_uni = config.stream_receive_window;
  out.initial_max_streams_bidi = config.max_concurrent_bi_streams;
  out.initial_max_streams_uni = config.max_concurrent_uni_streams;
  out.max_ack_delay_ms = to_ms(config.max_ack_delay);
  out.active_connection_id_limit = config.active_connection_id_limit;
  out.initial_source_connection_id = p.local_cid;
  out.grease_quic_bit = config.grease_quic_bit;
  if (max_datagram_frame_size > 0) out.max_datagram_frame_size = max_datagram_frame_size;
  if (config.max_concurrent_paths > 0) out.initial_max_path_id = config.max_concurrent_paths - 1;
  // [quic.md §2.2] Both ask for multipath, or are of no use.
  if (config.max_concurrent_paths > 0 && config.max_remote_candidates > 0) {
    out.nat_traversal_limit = config.max_remote_candidates;
  }
  out.address_discovery_role = config.address_discovery;
  out.min_ack_delay_us =
      static_cast<std::uint64_t>(std::chrono::duration_cast<base::microseconds>(config.min_ack_delay).count());
  if (p.side == Side::server) {
    out.original_destination_connection_id = p.original_dcid;
    out.stateless_reset_token = p.local_token;
    out.retry_source_connection_id = p.retry_source;  // [quic.md 35] [RFC 9000 §7.3]
  }
  return out;
}

}  // namespace

void Connection::Impl::start_handshake(Instant now) {
  local_parameters_ = make_parameters(parameters, datagram_queue.max_frame_size_to_advertise());
  auto encoded = encode(local_parameters_, parameters.side, random());
  if (is_server()) {
    session =
        tls::make_server_session(parameters.identity, {.alpns = parameters.alpns,
                                                       .transport_parameters = std::move(encoded),
                                                       .early_data = config().early_data,
                                                       .resumption_context = resumption_context(local_parameters_),
                                                       .key_log = parameters.key_log});
    if (parameters.is_address_validated) paths_.front()->amplification.lift();  // [RFC 9000 §8.1]
  } else {
    initial_token_ = std::move(parameters.token);
    session = tls::make_client_session(
        parameters.identity,
        {.expected_remote = *parameters.expected_remote,
         .alpns = parameters.alpns,
         .transport_parameters = std::move(encoded),
         .ticket = parameters.ticket ? std::move(parameters.ticket->ticket) : std::vector<std::byte>(),
         .early_data = config().early_data && parameters.ticket.has_value(),
         .key_log = parameters.key_log});
  }
  // [RFC 9001 §5.2] Both sides derive the Initial keys from the id that the client chose, or the Retry gave it.
  handshake_spaces_[0].keys =
      make_initial_keys(parameters.retry_source.value_or(parameters.original_dcid), parameters.side);
  auto started = session->start();
  if (!started) return fail(now, to_transport_error(started.error()));
  if (auto drained = drain_tls(now); !drained) fail(now, drained.error());
}

CryptoStream& Connection::Impl::crypto(EncryptionLevel level) noexcept {
  return crypto_[index_of(space_of(level))];
}

TransportResult<void> Connection::Impl::feed_tls(Instant now, EncryptionLevel level) {
  for (;;) {
    const Bytes bytes = crypto(level).read();
    if (bytes.empty()) return {};
    // [quic.md §3.5] [RFC 9001 §4.1.3] A level is over once the next one's keys are in use.
    const auto& handshake_keys = handshake_spaces_[1].keys;
    const bool is_over = level == EncryptionLevel::initial ? handshake_keys && handshake_keys->open.aead != nullptr
                                                           : level == EncryptionLevel::handshake && is_complete_;
    if (is_over) return transport_error(ErrorCode::protocol_violation, "handshake data at a level that is over");
    if (auto fed = session->feed(tls_level(level), bytes); !fed) {
      // What was queued before the failure (an alert has no bytes of its own in QUIC) no longer matters.
      return std::unexpected(to_transport_error(fed.error()));
    }
    IROH_TRY_VOID(drain_tls(now));
  }
}

TransportResult<void> Connection::Impl::drain_tls(Instant now) {
  while (auto output = session->poll_output()) IROH_TRY_VOID(on_tls_output(now, std::move(*output)));
  if (!is_alpn_reported_ && !session->alpn().empty()) {
    is_alpn_reported_ = true;
    events_.push_back(HandshakeDataReady{});
  }
  release_tls_when_due(now);
  return {};
}

TransportResult<void> Connection::Impl::on_tls_output(Instant now, tls::Output output) {
  if (auto* data = std::get_if<tls::CryptoData>(&output)) {
    crypto(level_of(data->level)).queue(data->bytes);
  } else if (auto* secrets = std::get_if<tls::Secrets>(&output)) {
    install_secrets(*secrets);
  } else if (auto* received = std::get_if<tls::PeerTransportParameters>(&output)) {
    return on_peer_parameters(*received);
  } else if (auto* ticket = std::get_if<tls::NewTicket>(&output)) {
    keep_ticket(std::move(*ticket));
    release_tls_at_ = now;
  } else if (std::holds_alternative<tls::Completed>(output)) {
    // [quic.md §2.3] [quic.md 7] missing_extension is alert 109.
    if (!has_peer_parameters_) return transport_error(crypto_error(109), "no QUIC transport parameters");
    on_handshake_complete(now);
  }
  return {};
}

void Connection::Impl::install_secrets(const tls::Secrets& secrets) {
  if (secrets.level == tls::Level::handshake) {
    auto& keys = handshake_spaces_[1].keys;
    if (!keys) keys.emplace();
    if (!secrets.write.empty()) keys->seal = derive_direction_keys(secrets.suite, secrets.write.bytes());
    if (!secrets.read.empty()) keys->open = derive_direction_keys(secrets.suite, secrets.read.bytes());
    is_replay_due_ = true;
  } else if (secrets.level == tls::Level::early) {
    if (!is_server()) return offer_early_data(secrets);
    early_keys_ = derive_direction_keys(secrets.suite, secrets.read.bytes());
    is_replay_due_ = true;
  } else if (secrets.level == tls::Level::application) {
    pending_secrets_.suite = secrets.suite;
    if (!secrets.write.empty()) pending_secrets_.write = secrets.write;
    if (!secrets.read.empty()) pending_secrets_.read = secrets.read;
    if (pending_secrets_.write.empty() || pending_secrets_.read.empty()) return;
    one_rtt_.emplace(secrets.suite, pending_secrets_.write.bytes(), pending_secrets_.read.bytes());
    pending_secrets_ = {};
  }
}

TransportResult<void> Connection::Impl::on_peer_parameters(const tls::PeerTransportParameters& encoded) {
  const Side peer = !parameters.side;
  IROH_TRY(received, decode_transport_parameters(encoded.encoded, peer));
  HandshakeConnectionIds ids{.local_initial_source = parameters.local_cid,
                             .remote_initial_source = remote_initial_source_};
  if (!is_server()) {
    ids.original_destination = parameters.original_dcid;
    ids.retry_source = retry_source_;
  }
  IROH_TRY_VOID(validate(received, peer, ids));
  IROH_TRY_VOID(decide_early_data(encoded.is_early_data_accepted, received));
  peer_parameters_ = std::move(received);
  has_peer_parameters_ = true;
  if (qlog_.is_on()) {
    qlog_.parameters_set(trace_now_, QlogInitiator::local, local_parameters_);
    qlog_.parameters_set(trace_now_, QlogInitiator::remote, peer_parameters_);
  }
  address_discovery_ =
      AddressDiscovery(local_parameters_.address_discovery_role, peer_parameters_.address_discovery_role);
  address_discovery_.observe(path_zero, paths_.front()->four_tuple.remote, paths_.front()->generation);
  use_peer_limits();
  local_cids_.set_peer_limit(peer_parameters_.active_connection_id_limit);
  if (peer_parameters_.stateless_reset_token) {
    remote_cids_.set_initial_reset_token(*peer_parameters_.stateless_reset_token);
    watch_active_token(path_zero);
  }
  return {};
}

void Connection::Impl::use_peer_limits() {
  streams.set_peer_limits({.initial_max_data = peer_parameters_.initial_max_data,
                           .initial_max_stream_data_bidi_local = peer_parameters_.initial_max_stream_data_bidi_local,
                           .initial_max_stream_data_bidi_remote = peer_parameters_.initial_max_stream_data_bidi_remote,
                           .initial_max_stream_data_uni = peer_parameters_.initial_max_stream_data_uni,
                           .initial_max_streams_bidi = peer_parameters_.initial_max_streams_bidi,
                           .initial_max_streams_uni = peer_parameters_.initial_max_streams_uni});
  const auto limit = static_cast<std::uint16_t>(std::min<std::uint64_t>(peer_parameters_.max_udp_payload_size, 65527));
  for (auto& path : paths_) path->mtu.set_peer_limit(limit);
  datagram_queue.set_max_size(max_datagram_size());
}

// ---- 0-RTT [RFC 9001 §4.6], [quic.md §6.6]

void Connection::Impl::offer_early_data(const tls::Secrets& secrets) {
  early_keys_ = derive_direction_keys(secrets.suite, secrets.write.bytes());
  early_data = EarlyData::offered;
  // [quic.md 8] [RFC 9000 §7.4.1] Until the server's own arrive.
  peer_parameters_ = parameters.ticket->parameters;
  use_peer_limits();
}

TransportResult<void> Connection::Impl::decide_early_data(bool is_accepted, const TransportParameters& received) {
  if (is_server()) {
    if (is_accepted) early_data = EarlyData::accepted;
    return {};
  }
  if (early_data != EarlyData::offered) return {};
  early_data = is_accepted ? EarlyData::accepted : EarlyData::rejected;
  if (is_accepted) {
    IROH_TRY_VOID(check_accepted(parameters.ticket->parameters, received));
  } else {
    discard_early_data();
  }
  events_.push_back(EarlyDataDecided{is_accepted});
  return {};
}

/// [quic.md §6.6] The server has seen nothing of it: streams begin anew, under its limits of today.
void Connection::Impl::discard_early_data() {
  early_keys_.reset();
  paths_.front()->recovery.all_in_flight_as_lost(SpaceId::data, recovery_output_);
  recovery_output_.clear();
  streams.forget_early_data();
}

void Connection::Impl::keep_ticket(tls::NewTicket ticket) {
  parameters.host->keep_ticket(*parameters.expected_remote,
                               {std::move(ticket.ticket), remembered_parameters(peer_parameters_)});
}

/// [performance.md §4] A server is done with TLS once its ticket is queued; a client when it has one, or does not wait
/// any longer.
void Connection::Impl::release_tls_when_due(Instant now) {
  if (!release_tls_at_ || *release_tls_at_ > now) return;
  release_tls_at_.reset();
  session->release();
}

void Connection::Impl::on_handshake_complete(Instant now) {
  is_complete_ = true;
  state = State::established;
  paths_.front()->is_validated = true;
  paths_.front()->amplification.lift();
  on_multipath_in_force();
  events_.push_back(Connected{});
  constexpr Duration ticket_patience = base::seconds(2);
  release_tls_at_ = is_server() ? now : now + ticket_patience;
  is_replay_due_ = true;
  if (is_server()) {
    session->send_ticket();
    new_tokens_pending_ = config().new_tokens;
    // [RFC 9001 §4.1.2] The server's handshake is confirmed as soon as it is complete.
    is_handshake_done_pending_ = true;
    confirm_handshake(now);
  } else {
    early_keys_.reset();  // [RFC 9001 §4.9.3] 1-RTT from now on
  }
}

void Connection::Impl::confirm_handshake(Instant now) {
  if (is_confirmed_) return;
  is_confirmed_ = true;
  if (one_rtt_) one_rtt_->on_handshake_confirmed();
  // [RFC 9001 §4.9.2] [quic.md 33]
  discard_space(SpaceId::handshake);
  // The id that the client chose stays routed to us: late copies of its Initial must not start a second connection.
  events_.push_back(HandshakeConfirmed{});
  restart_idle(now, *paths_.front());
  parameters.ticket.reset();
  parameters.initial_token = {};
  initial_token_ = {};
}

void Connection::Impl::discard_space(SpaceId space) {
  HandshakeSpace& discarded = handshake_spaces_[index_of(space)];
  if (discarded.is_discarded) return;
  discarded.is_discarded = true;
  discarded.keys.reset();
  // [performance.md §4] An idle connection holds nothing of its handshake.
  discarded.acks = AckManager(space);
  const auto level = space == SpaceId::initial ? EncryptionLevel::initial : EncryptionLevel::handshake;
  crypto(level) = CryptoStream(level, config().crypto_buffer);
  paths_.front()->recovery.discard_space(space);
}

void Connection::Impl::replay_early_packets(Instant now) {
  // Not from within itself: a replayed packet may install the next keys.
  while (is_replay_due_ && !is_replaying_) {
    is_replay_due_ = false;
    is_replaying_ = true;
    const auto packets = std::exchange(early_packets_, {});
    for (const EarlyPacket& early : packets) handle_datagrams(now, early.datagram, early.path);
    is_replaying_ = false;
  }
}

}  // namespace iroh::quic
