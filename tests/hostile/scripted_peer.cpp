// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/hostile/scripted_peer.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "quic/protection/initial_keys.hpp"
#include "quic/protection/test_protection.hpp"

namespace iroh::hostile {
namespace {

constexpr std::size_t pn_size = 4;  // always: no payload is too short for header protection then
constexpr std::size_t crypto_piece_max = 1000;

SecretKey draw_key(base::Random& random) {
  std::array<std::byte, SecretKey::size> bytes{};
  random.fill(bytes);
  return SecretKey::from_bytes(bytes);
}

std::shared_ptr<const tls::Identity> identity_of(const SecretKey& key) {
  auto identity = tls::make_identity(key);
  IROH_ASSERT(identity.has_value());
  return *identity;
}

EncryptionLevel level_of(tls::Level level) {
  return level == tls::Level::initial     ? EncryptionLevel::initial
         : level == tls::Level::handshake ? EncryptionLevel::handshake
                                          : EncryptionLevel::one_rtt;
}

tls::Level tls_level(EncryptionLevel level) {
  return level == EncryptionLevel::initial     ? tls::Level::initial
         : level == EncryptionLevel::handshake ? tls::Level::handshake
                                               : tls::Level::application;
}

}  // namespace

quic::TransportParameters ScriptedPeerConfig::iroh_parameters() {
  quic::TransportParameters parameters;
  parameters.max_idle_timeout_ms = 30'000;
  parameters.max_udp_payload_size = 1472;
  parameters.initial_max_data = (std::uint64_t{1} << 62) - 1;
  parameters.initial_max_stream_data_bidi_local = 1'250'000;
  parameters.initial_max_stream_data_bidi_remote = 1'250'000;
  parameters.initial_max_stream_data_uni = 1'250'000;
  parameters.initial_max_streams_bidi = 100;
  parameters.initial_max_streams_uni = 100;
  parameters.active_connection_id_limit = 5;
  parameters.max_datagram_frame_size = 65'535;
  parameters.initial_max_path_id = 7;
  parameters.min_ack_delay_us = 1000;
  return parameters;
}

ScriptedPeer::ScriptedPeer(sim::Network& network, ScriptedPeerConfig config, std::uint64_t seed)
    : network_(network),
      config_(std::move(config)),
      random_(seed),
      key_(draw_key(random_)),
      id_(key_.public_key()),
      identity_(identity_of(key_)) {
  local_cid_ = make_cid(quic::path_zero);
}

ConnectionId ScriptedPeer::make_cid(PathId path) {
  std::vector<std::byte> bytes(config_.cid_size);
  random_.fill(bytes);
  local_cids_.emplace_back(ConnectionId(bytes), path);
  return local_cids_.back().first;
}

// ---- handshake

void ScriptedPeer::start() {
  std::array<std::byte, ConnectionId::max_size> bytes{};
  random_.fill(bytes);
  original_dcid_ = ConnectionId(bytes);
  remote_cids_[quic::path_zero][0] = original_dcid_;
  levels_[0].keys = quic::make_initial_keys(original_dcid_, Side::client);
  session_ = tls::make_client_session(identity_, {*config_.expected, {config_.alpn}, encoded_parameters(), {}});
  IROH_ASSERT(session_->start().has_value());
  drain_tls();
}

std::vector<std::byte> ScriptedPeer::encoded_parameters() {
  if (config_.has_source_cid_parameter) config_.parameters.initial_source_connection_id = local_cid_;
  auto bytes = quic::encode(config_.parameters, config_.side, random_);
  bytes.insert(bytes.end(), config_.extra_parameters.begin(), config_.extra_parameters.end());
  return bytes;
}

void ScriptedPeer::start_server(const quic::ParsedPacket& first) {
  original_dcid_ = first.dcid;
  remote_cids_[quic::path_zero][0] = first.scid;
  levels_[0].keys = quic::make_initial_keys(original_dcid_, Side::server);
  config_.parameters.original_destination_connection_id = original_dcid_;
  session_ = tls::make_server_session(identity_, {{config_.alpn}, encoded_parameters()});
  IROH_ASSERT(session_->start().has_value());
}

void ScriptedPeer::drain_tls() {
  while (auto output = session_->poll_output()) on_output(std::move(*output));
}

void ScriptedPeer::on_output(tls::Output output) {
  if (const auto* data = std::get_if<tls::CryptoData>(&output)) {
    send_crypto(level_of(data->level), data->bytes);
  } else if (const auto* secrets = std::get_if<tls::Secrets>(&output)) {
    install(*secrets);
  } else if (const auto* parameters = std::get_if<tls::PeerTransportParameters>(&output)) {
    if (const auto decoded = quic::decode_transport_parameters(parameters->encoded, !config_.side)) {
      victim_parameters_ = *decoded;
    }
  } else if (std::holds_alternative<tls::Completed>(output)) {
    is_complete_ = true;
    if (config_.side == Side::server) send(quic::HandshakeDoneFrame{});
  }
}

void ScriptedPeer::install(const tls::Secrets& secrets) {
  const bool is_one_rtt = secrets.level == tls::Level::application;
  if (!is_one_rtt && secrets.level != tls::Level::handshake) return;
  quic::ProtectionKeys& keys = is_one_rtt ? one_rtt_ : levels_[1].keys;
  suite_ = secrets.suite;
  if (!secrets.write.empty()) {
    keys.seal = quic::derive_direction_keys(secrets.suite, secrets.write.bytes());
    if (is_one_rtt) seal_secret_.assign(secrets.write.bytes().begin(), secrets.write.bytes().end());
  }
  if (!secrets.read.empty()) {
    keys.open = quic::derive_direction_keys(secrets.suite, secrets.read.bytes());
    if (is_one_rtt) open_secret_.assign(secrets.read.bytes().begin(), secrets.read.bytes().end());
  }
}

void ScriptedPeer::send_crypto(EncryptionLevel level, ByteSpan bytes) {
  std::uint64_t& offset = level_state(level).sent_offset;
  while (!bytes.empty()) {
    const ByteSpan piece = bytes.first(std::min(bytes.size(), crypto_piece_max));
    bytes = bytes.subspan(piece.size());
    send_frames({quic::CryptoFrame{offset, piece}},
                {.level = level, .datagram_size = level == EncryptionLevel::initial ? 1200u : 0u});
    offset += piece.size();
  }
}

void ScriptedPeer::feed_tls(EncryptionLevel level) {
  for (;;) {
    const Bytes bytes = level_state(level).incoming.read(1 << 16);
    if (bytes.empty()) return;
    // A script may have upset the handshake; then nothing more comes of it.
    if (!session_->feed(tls_level(level), bytes)) return;
    drain_tls();
  }
}

// ---- sending

ScriptedPeer::Space& ScriptedPeer::space_of(EncryptionLevel level, PathId path) {
  return quic::space_of(level) == quic::SpaceId::data ? paths_[path] : level_state(level).space;
}

quic::ProtectionKeys& ScriptedPeer::keys_of(EncryptionLevel level) {
  return level == EncryptionLevel::one_rtt ? one_rtt_ : level_state(level).keys;
}

PacketNumber ScriptedPeer::next_number(PathId path) const {
  const auto found = paths_.find(path);
  return found == paths_.end() ? 0 : found->second.next;
}

ConnectionId ScriptedPeer::dcid_of(const PacketOptions& options) {
  if (options.dcid) return *options.dcid;
  const auto& ids = remote_cids_[options.path];
  return ids.empty() ? ConnectionId() : ids.begin()->second;
}

void ScriptedPeer::send_frames(const std::vector<Frame>& frames, const PacketOptions& options) {
  std::size_t size = 0;
  for (const Frame& frame : frames) size += quic::encoded_size(frame);
  std::vector<std::byte> payload(size);
  base::ByteWriter writer(payload);
  for (const Frame& frame : frames) quic::encode(writer, frame);
  payload.resize(writer.position());
  send_payload(payload, options);
}

void ScriptedPeer::send_payload(ByteSpan payload, const PacketOptions& options) {
  send_datagram(seal(payload, options), options.from);
}

std::vector<std::byte> ScriptedPeer::seal(ByteSpan payload, const PacketOptions& options) {
  quic::ProtectionKeys& keys = keys_of(options.level);
  if (keys.seal.aead == nullptr) return {};
  Space& space = space_of(options.level, options.path);
  const PacketNumber number = options.number.value_or(space.next);
  space.next = std::max(space.next, number + 1);

  std::vector<std::byte> header(100);
  base::ByteWriter writer(header);
  std::size_t length_offset = 0;
  const bool is_long = options.level != EncryptionLevel::one_rtt;
  if (is_long) {
    quic::LongHeader long_header;
    long_header.type = options.level == EncryptionLevel::initial     ? quic::PacketType::initial
                       : options.level == EncryptionLevel::handshake ? quic::PacketType::handshake
                                                                     : quic::PacketType::zero_rtt;
    long_header.dcid = dcid_of(options);
    long_header.scid = local_cid_;
    long_header.fixed_bit = options.fixed_bit;
    quic::write_long_header(writer, long_header, number, pn_size, length_offset);
  } else {
    quic::write_short_header(writer, dcid_of(options), false, seal_phase_, options.fixed_bit, number, pn_size);
  }
  header.resize(writer.position());
  header[0] |= static_cast<std::byte>(options.first_byte_or);
  std::vector<std::byte> padded(payload.begin(), payload.end());
  const std::size_t overhead = header.size() + quic::aead_tag_size;
  if (overhead + padded.size() < options.datagram_size) padded.resize(options.datagram_size - overhead);
  if (is_long) quic::patch_length(header, length_offset, pn_size + padded.size() + quic::aead_tag_size);
  return quic::protect(keys.seal, is_long ? quic::path_zero : options.path, number, header, pn_size, padded);
}

void ScriptedPeer::send_datagram(std::vector<std::byte> datagram, std::optional<SocketAddr> from) {
  if (link_ == nullptr || datagram.empty()) return;
  link_->from(*this).transmit({from.value_or(config_.addr), config_.victim, 0, std::move(datagram)});
}

void ScriptedPeer::update_keys() {
  seal_secret_ = quic::derive_next_secret(suite_, seal_secret_);
  auto next = quic::derive_direction_keys_without_header(suite_, seal_secret_);
  one_rtt_.seal.aead = std::move(next.aead);
  one_rtt_.seal.iv = next.iv;
  seal_phase_ = !seal_phase_;
}

void ScriptedPeer::offer_cids(PathId path, std::uint64_t first, std::uint64_t count) {
  std::vector<Frame> frames;
  for (std::uint64_t sequence = first; sequence < first + count; ++sequence) {
    quic::NewConnectionIdFrame frame{.path = path, .sequence = sequence, .cid = make_cid(path)};
    random_.fill(frame.token);
    frames.emplace_back(frame);
  }
  send_frames(frames);
}

// ---- receiving

void ScriptedPeer::receive(sim::Packet packet) {
  ++datagrams_received;
  bytes_received += packet.payload.size();
  if (config_.side == Side::server) config_.victim = packet.source;
  quic::MutableByteSpan rest = packet.payload;
  while (!rest.empty()) {
    const auto parsed = quic::parse_packet(rest, config_.cid_size);
    if (!parsed) break;
    if (session_ == nullptr && config_.side == Side::server && parsed->type == quic::PacketType::initial) {
      start_server(*parsed);
    }
    receive_packet(rest.first(parsed->size), *parsed);
    rest = rest.subspan(parsed->size);
  }
  if (config_.acknowledges) acknowledge();
}

void ScriptedPeer::receive_packet(quic::MutableByteSpan packet, const quic::ParsedPacket& parsed) {
  EncryptionLevel level = EncryptionLevel::one_rtt;
  PathId path = quic::path_zero;
  switch (parsed.type) {
    case quic::PacketType::version_negotiation:
      ++version_negotiations_received;
      return;
    case quic::PacketType::retry:
      ++retries_received;
      return;
    case quic::PacketType::zero_rtt:
      return;
    case quic::PacketType::initial:
      level = EncryptionLevel::initial;
      break;
    case quic::PacketType::handshake:
      level = EncryptionLevel::handshake;
      break;
    case quic::PacketType::one_rtt: {
      const auto known = std::ranges::find(local_cids_, parsed.dcid, &std::pair<ConnectionId, PathId>::first);
      if (known == local_cids_.end()) return;
      path = known->second;
      break;
    }
  }
  auto payload = open(level, path, packet, parsed.pn_offset);
  if (!payload) return;
  // The id that the server chose replaces the random one. [RFC 9000 §7.2]
  if (level != EncryptionLevel::one_rtt && config_.side == Side::client) {
    remote_cids_[quic::path_zero][0] = parsed.scid;
  }
  process(level, path, std::move(*payload));
}

std::optional<std::vector<std::byte>> ScriptedPeer::open(EncryptionLevel level, PathId path,
                                                         quic::MutableByteSpan packet, std::size_t pn_offset) {
  quic::DirectionKeys* keys = &keys_of(level).open;
  if (keys->aead == nullptr) return std::nullopt;
  const auto sample = quic::sample_at(packet, pn_offset);
  if (!sample) return std::nullopt;
  const auto header = quic::remove_header_protection(packet, pn_offset, quic::mask_of(*keys->header, *sample));
  Space& space = space_of(level, path);
  const PacketNumber expected = space.received.largest() ? *space.received.largest() + 1 : 0;
  const PacketNumber number = quic::expand_packet_number(header.truncated_pn, header.pn_size, expected);
  if (space.received.is_duplicate(number)) return std::nullopt;

  quic::DirectionKeys next;
  const bool is_next = level == EncryptionLevel::one_rtt && quic::key_phase_bit_of(header.first_byte) != open_phase_;
  if (is_next) {
    next = quic::derive_direction_keys_without_header(suite_, quic::derive_next_secret(suite_, open_secret_));
    keys = &next;
  }
  const std::size_t header_size = pn_offset + header.pn_size;
  const quic::MutableByteSpan sealed = packet.subspan(header_size);
  if (sealed.size() < quic::aead_tag_size) return std::nullopt;
  if (!quic::open_payload(*keys->aead, keys->iv, path, number, packet.first(header_size), sealed)) return std::nullopt;
  if (is_next) {
    open_secret_ = quic::derive_next_secret(suite_, open_secret_);
    one_rtt_.open.aead = std::move(next.aead);
    one_rtt_.open.iv = next.iv;
    open_phase_ = !open_phase_;
    ++open_updates_;
    if (seal_phase_ != open_phase_) update_keys();  // [RFC 9001 §6.2] an update is answered
  }
  space.received.insert(number);
  return std::vector<std::byte>(sealed.begin(), sealed.end() - quic::aead_tag_size);
}

void ScriptedPeer::process(EncryptionLevel level, PathId path, std::vector<std::byte> payload) {
  const ByteSpan view = kept_.emplace_back(std::move(payload));
  quic::FrameParser parser(view);
  for (;;) {
    const auto frame = parser.next();
    if (!frame || !*frame) break;
    if (quic::is_ack_eliciting(**frame)) space_of(level, path).owes_ack = true;
    on_frame(level, path, **frame);
    if (config_.records) received.push_back({level, path, **frame});
  }
  if (!config_.records) kept_.pop_back();
}

void ScriptedPeer::on_frame(EncryptionLevel level, PathId path, const Frame& frame) {
  if (const auto* crypto = std::get_if<quic::CryptoFrame>(&frame)) {
    static_cast<void>(level_state(level).incoming.insert(crypto->offset, Bytes::copy_of(crypto->data)));
    feed_tls(level);
  } else if (const auto* id = std::get_if<quic::NewConnectionIdFrame>(&frame)) {
    remote_cids_[id->path.value_or(quic::path_zero)][id->sequence] = id->cid;
  } else if (const auto* closing = std::get_if<quic::ConnectionCloseFrame>(&frame); closing != nullptr && !close) {
    close = Close{level, closing->is_application, closing->code, closing->frame_type,
                  std::string(base::as_text(closing->reason))};
  }
  static_cast<void>(path);
}

void ScriptedPeer::acknowledge() {
  for (const EncryptionLevel level : {EncryptionLevel::initial, EncryptionLevel::handshake}) {
    send_ack(level, quic::path_zero, level_state(level).space);
  }
  for (auto& [path, space] : paths_) send_ack(EncryptionLevel::one_rtt, path, space);
}

void ScriptedPeer::send_ack(EncryptionLevel level, PathId path, Space& space) {
  if (!space.owes_ack || keys_of(level).seal.aead == nullptr) return;
  space.owes_ack = false;
  const bool is_multipath = level == EncryptionLevel::one_rtt && config_.parameters.initial_max_path_id &&
                            victim_parameters_.initial_max_path_id;
  std::vector<std::byte> payload(1000);
  base::ByteWriter writer(payload);
  quic::encode_ack(writer, is_multipath ? std::optional(path) : std::nullopt, space.received.ranges(), 0, std::nullopt,
                   payload.size());
  payload.resize(writer.position());
  const bool is_client_initial = level == EncryptionLevel::initial && config_.side == Side::client;
  // It may travel on any path; on path 0 if the victim has given out no id for this one.
  const PathId way = remote_cids_[path].empty() ? quic::path_zero : path;
  send_payload(payload, {.level = level, .path = way, .datagram_size = is_client_initial ? 1200u : 0u});
}

}  // namespace iroh::hostile
