// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/connection/connection.hpp"

#include <algorithm>

#include "quic/connection/impl.hpp"

namespace iroh::quic {

Connection::Impl::Impl(Parameters p)
    : parameters(std::move(p)),
      streams(parameters.side, {.max_bi = parameters.config.max_concurrent_bi_streams,
                                .max_uni = parameters.config.max_concurrent_uni_streams,
                                .stream_window = parameters.config.stream_receive_window,
                                .connection_window = parameters.config.receive_window,
                                .send_window = parameters.config.send_window,
                                .send_fairness = parameters.config.send_fairness,
                                .budget = parameters.config.flow_budget}),
      datagram_queue({.receive_buffer = parameters.config.datagram_receive_buffer,
                      .send_buffer = parameters.config.datagram_send_buffer},
                     &streams.receive_budget()),
      handshake_spaces_{HandshakeSpace(SpaceId::initial, *parameters.random),
                        HandshakeSpace(SpaceId::handshake, *parameters.random)},
      crypto_{CryptoStream(EncryptionLevel::initial, parameters.config.crypto_buffer),
              CryptoStream(EncryptionLevel::handshake, parameters.config.crypto_buffer),
              CryptoStream(EncryptionLevel::one_rtt, parameters.config.crypto_buffer)},
      local_cids_(*this) {
  every_known_address_ = parameters.every_known_address;
  scheduler_ = make_path_scheduler(parameters.config.scheduler);
  max_paths_ = parameters.config.max_concurrent_paths;
  initial_dcid_ = parameters.original_dcid;
  remote_initial_source_ = parameters.remote_cid;
  // [quic.md §1.1] [RFC 9000 §17.4] The spin bit is off on one connection in eight.
  may_spin_ = parameters.config.allow_spin && !random().chance(1, 8);
  local_cids_.set_handshake_cid(parameters.local_cid);
  remote_cids_.set_initial(parameters.remote_cid);
  paths_.push_back(make_path(path_zero, parameters.four_tuple, AmplificationLimit(parameters.side)));
  if (const auto timeout = idle_timeout()) idle_at_ = parameters.now + *timeout;
  start_trace();
  start_handshake(parameters.now);
}

Connection::Impl::~Impl() = default;

CidIssuer::Issued Connection::Impl::issue(PathId path) {
  Issued issued{};
  issued.cid = parameters.host->issue_cid(parameters.handle, path, issued.token);
  return issued;
}

void Connection::Impl::retire(const ConnectionId& cid) {
  parameters.host->retire_cid(cid);
}

void Connection::Impl::watch_active_token(PathId path) {
  if (const ResetToken* token = remote_cids_.reset_token(path)) {
    parameters.host->watch_reset_token(parameters.handle, *token);
  }
}

bool Connection::Impl::has_events() const noexcept {
  return !events_.empty() || (!close_reason && (streams.has_events() || datagram_queue.has_events()));
}

std::optional<ConnectionEvent> Connection::Impl::poll_event() {
  if (!events_.empty()) {
    ConnectionEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  if (close_reason) return std::nullopt;  // nothing follows the end
  if (auto event = streams.poll_event()) return *event;
  if (const auto event = datagram_queue.poll_event()) {
    if (*event == DatagramEvent::readable) return DatagramReceived{};
    return DatagramsUnblocked{};
  }
  return std::nullopt;
}

std::optional<std::size_t> Connection::Impl::max_datagram_size() const noexcept {
  if (!peer_parameters_.max_datagram_frame_size || *peer_parameters_.max_datagram_frame_size == 0) return std::nullopt;
  // [quic.md §4.15] [quic.md 69] By the smallest MTU of the paths not abandoned: first byte, id, packet number, tag,
  // and nine bytes for the frame's type and length.
  std::size_t mtu = udp_payload_size_max;
  std::size_t cid_size = 0;
  for (const auto& path : paths_) {
    if (path->is_abandoned()) continue;
    mtu = std::min<std::size_t>(mtu, path->mtu.current_mtu());
    if (const ConnectionId* cid = remote_cids_.active(path->id)) cid_size = std::max(cid_size, cid->size());
  }
  constexpr std::size_t frame_overhead = 9;
  const std::size_t by_path = mtu - (1 + cid_size + 4 + aead_tag_size) - frame_overhead;
  const std::uint64_t limit = *peer_parameters_.max_datagram_frame_size;
  return std::min<std::size_t>(by_path, limit > frame_overhead ? limit - frame_overhead : 0);
}

PathStats Connection::Impl::stats_of(const PathState& path) const {
  const RecoveryStats& recovery = path.recovery.stats();
  return {.id = path.id,
          .four_tuple = path.four_tuple,
          .rtt = path.recovery.rtt().smoothed(),
          .congestion_window = path.recovery.congestion_window(),
          .bytes_in_flight = path.recovery.bytes_in_flight(),
          .current_mtu = path.mtu.current_mtu(),
          .is_validated = path.is_validated,
          .is_abandoned = path.is_abandoned(),
          .carries_data = path.carries_data,
          .status = path.status,
          .remote_status = path.remote_status ? path.remote_status->status : PathStatus::available,
          .udp_tx_datagrams = path.udp_tx_datagrams,
          .udp_tx_bytes = path.udp_tx_bytes,
          .udp_rx_datagrams = path.udp_rx_datagrams,
          .udp_rx_bytes = path.udp_rx_bytes,
          .sent_packets = recovery.sent_packets,
          .lost_packets = recovery.lost_packets,
          .lost_bytes = recovery.lost_bytes,
          .congestion_events = recovery.congestion_events};
}

std::vector<PathStats> Connection::Impl::paths() const {
  std::vector<PathStats> out;
  for (const auto& path : paths_) out.push_back(stats_of(*path));
  return out;
}

ConnectionStats Connection::Impl::stats() const noexcept {
  ConnectionStats out = stats_;
  out.lost_packets = former_paths_.lost_packets;
  out.lost_bytes = former_paths_.lost_bytes;
  for (const auto& path : paths_) {
    out.lost_packets += path->recovery.stats().lost_packets;
    out.lost_bytes += path->recovery.stats().lost_bytes;
  }
  return out;
}

// ---- the public face: everything is forwarded

Connection::Connection(Parameters parameters) : impl_(std::make_unique<Impl>(std::move(parameters))) {}
Connection::~Connection() = default;

std::optional<StreamId> Connection::open_stream(Dir dir) {
  return impl_->streams.open(dir);
}
std::optional<StreamId> Connection::accept_stream(Dir dir) {
  return impl_->streams.accept(dir);
}
std::expected<std::size_t, WriteError> Connection::write(StreamId id, ByteSpan bytes) {
  return impl_->streams.write(id, bytes);
}
std::expected<std::size_t, WriteError> Connection::write_bytes(StreamId id, Bytes& bytes) {
  return impl_->streams.write_bytes(id, bytes);
}
std::expected<void, WriteError> Connection::finish(StreamId id) {
  return impl_->streams.finish(id);
}
std::expected<void, WriteError> Connection::reset(StreamId id, std::uint64_t code) {
  return impl_->streams.reset(id, code);
}
std::expected<Bytes, ReadError> Connection::read(StreamId id, std::size_t max) {
  return impl_->streams.read(id, max);
}
void Connection::stop(StreamId id, std::uint64_t code) {
  impl_->streams.stop(id, code);
}
StreamSet& Connection::streams() noexcept {
  return impl_->streams;
}
std::optional<std::size_t> Connection::max_datagram_size() const noexcept {
  return impl_->max_datagram_size();
}
DatagramQueue& Connection::datagrams() noexcept {
  return impl_->datagram_queue;
}

void Connection::close(Instant now, std::uint64_t code, std::string_view reason) {
  impl_->close(now, code, reason);
}
std::optional<ConnectionEvent> Connection::poll_event() {
  return impl_->poll_event();
}
bool Connection::has_events() const noexcept {
  return impl_->has_events();
}
bool Connection::is_handshaking() const noexcept {
  return impl_->state == Impl::State::handshaking;
}
EarlyData Connection::early_data() const noexcept {
  return impl_->early_data;
}
bool Connection::is_resumed() const noexcept {
  return impl_->session->is_resumed();
}
bool Connection::is_closed() const noexcept {
  return impl_->state >= Impl::State::closing;
}
bool Connection::is_draining() const noexcept {
  return impl_->state >= Impl::State::draining;
}
bool Connection::is_drained() const noexcept {
  return impl_->state == Impl::State::drained;
}
const std::optional<CloseReason>& Connection::close_reason() const noexcept {
  return impl_->close_reason;
}
Side Connection::side() const noexcept {
  return impl_->parameters.side;
}
std::string_view Connection::alpn() const noexcept {
  return impl_->session->alpn();
}
std::optional<EndpointId> Connection::remote_id() const noexcept {
  return impl_->session->remote_id();
}
FourTuple Connection::four_tuple() const noexcept {
  return impl_->main_path().four_tuple;
}
Duration Connection::rtt() const noexcept {
  return impl_->main_path().recovery.rtt().smoothed();
}
std::vector<PathStats> Connection::paths() const {
  return impl_->paths();
}
ConnectionStats Connection::stats() const noexcept {
  return impl_->stats();
}
bool Connection::is_multipath() const noexcept {
  return impl_->is_multipath;
}
std::expected<std::vector<std::byte>, tls::Alert> Connection::export_keying_material(std::string_view label,
                                                                                     ByteSpan context,
                                                                                     std::size_t size) {
  return impl_->session->export_keying_material(label, context, size);
}

std::expected<PathId, OpenPathError> Connection::open_path(Instant now, const FourTuple& to, PathStatus status,
                                                           bool if_absent) {
  return impl_->open_path(now, to, status, if_absent);
}
std::expected<void, ClosePathError> Connection::close_path(PathId path, std::uint64_t code) {
  return impl_->close_path(path, code);
}
bool Connection::set_path_status(PathId path, PathStatus status) {
  return impl_->set_path_status(path, status);
}
bool Connection::set_path_idle_timeout(Instant now, PathId path, Duration timeout) {
  return impl_->set_path_idle_timeout(now, path, timeout);
}
bool Connection::set_path_keep_alive(Instant now, PathId path, Duration interval) {
  return impl_->set_path_keep_alive(now, path, interval);
}
void Connection::set_max_paths(std::uint32_t count) {
  impl_->set_max_paths(count);
}
std::expected<void, NatTraversalError> Connection::add_candidate(const SocketAddr& address) {
  return impl_->add_candidate(address);
}
bool Connection::remove_candidate(const SocketAddr& address) {
  return impl_->remove_candidate(address);
}
std::expected<void, NatTraversalError> Connection::start_nat_round(Instant now) {
  return impl_->start_nat_round(now);
}
std::vector<SocketAddr> Connection::remote_candidates() const {
  return impl_->remote_candidates();
}
void Connection::handle_network_change(Instant now, const IsRecoverable& is_recoverable) {
  impl_->handle_network_change(now, is_recoverable);
}

void Connection::handle_datagrams(Instant now, const ReceivedDatagrams& datagrams, PathId path) {
  impl_->handle_datagrams(now, datagrams, path);
}
void Connection::handle_timeout(Instant now) {
  impl_->handle_timeout(now);
}
std::optional<Transmit> Connection::poll_transmit(Instant now, MutableByteSpan buffer) {
  return impl_->poll_transmit(now, buffer);
}
std::optional<Instant> Connection::poll_timeout() const {
  return impl_->poll_timeout();
}
bool Connection::handle_stateless_reset(const ResetToken& token) {
  return impl_->handle_stateless_reset(token);
}

}  // namespace iroh::quic
