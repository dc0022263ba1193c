// SPDX-License-Identifier: MIT OR Apache-2.0
// Meeting new clients: first Initials wait, with what follows them, until the application decides.
#include "quic/connection/parameters.hpp"
#include "quic/endpoint/slot.hpp"
#include "quic/protection/retry_tag.hpp"
#include "quic/wire/version.hpp"

namespace iroh::quic {
namespace {

/// [RFC 9000 §7.2] Clients choose at least this many bytes for their first destination id.
constexpr std::size_t first_dcid_size_min = 8;

}  // namespace

void Endpoint::handle_first_initial(Instant now, const ReceivedDatagrams& datagram) {
  const ByteSpan bytes = datagram.payload;
  const auto invariant = parse_invariant_header(bytes);
  if (!invariant) return;
  if (!is_supported(invariant->version)) {
    // [RFC 9000 §6.1] Only datagrams that could start a connection are worth an answer, and Version Negotiation (0)
    // never.
    if (invariant->version != 0 && bytes.size() >= datagram_size_min && is_accepting_) {
      send_version_negotiation(datagram.four_tuple, *invariant);
    }
    return;
  }
  const auto packet = parse_packet(bytes, CidGenerator::cid_size);
  if (!is_accepting_ || !packet) return;
  // Whatever comes for a client that waits, waits with it: Initials, and 0-RTT packets in datagrams of their own.
  if (const auto known = incoming_by_dcid_.find(packet->dcid); known != incoming_by_dcid_.end()) {
    return buffer(*incoming_.at(known->second), datagram);
  }
  // [quic.md 32] Initials in smaller datagrams are ignored.
  if (packet->type == ParsedPacket::Type::initial && bytes.size() >= datagram_size_min) meet(now, datagram, *packet);
}

void Endpoint::meet(Instant now, const ReceivedDatagrams& datagram, const ParsedPacket& initial) {
  // [quic.md 32] [RFC 9000 §7.2]. After a Retry the id is one of ours, which is no shorter.
  if (initial.dcid.size() < first_dcid_size_min) {
    return send_initial_close(datagram.four_tuple, initial.dcid, initial.scid, ErrorCode::protocol_violation,
                              "destination connection id too short");
  }
  if (incoming_.size() >= config_.max_incoming) return;
  TokenVerdict verdict = token_keys_.judge(now, datagram.four_tuple.remote, initial.token);
  // [quic.md 35] [RFC 9000 §8.1.3]
  if (verdict.kind == TokenVerdict::Kind::invalid) {
    return send_initial_close(datagram.four_tuple, initial.dcid, initial.scid, ErrorCode::invalid_token, "");
  }
  const IncomingId id{next_incoming_++};
  auto pending = std::make_unique<Pending>();
  pending->four_tuple = datagram.four_tuple;
  pending->dcid = initial.dcid;
  pending->scid = initial.scid;
  pending->token.assign(initial.token.begin(), initial.token.end());
  pending->verdict = verdict;
  buffer(*pending, datagram);
  incoming_by_dcid_.emplace(initial.dcid, id);
  incoming_.emplace(id, std::move(pending));
  events_.push_back(NewIncoming{.id = id,
                                .four_tuple = datagram.four_tuple,
                                .is_address_validated = verdict.kind != TokenVerdict::Kind::absent,
                                .may_retry = verdict.kind != TokenVerdict::Kind::retried});
}

void Endpoint::buffer(Pending& pending, const ReceivedDatagrams& datagram) {
  const std::size_t size = datagram.payload.size();
  // [quic.md §1.2] Without these bounds a client that nobody accepts fills memory.
  if (pending.bytes + size > config_.incoming_buffer || incoming_bytes_ + size > config_.incoming_buffer_total) return;
  pending.datagrams.push_back(copy_out(datagram));
  pending.bytes += size;
  incoming_bytes_ += size;
}

std::unique_ptr<Endpoint::Pending> Endpoint::take_incoming(IncomingId id) {
  const auto found = incoming_.find(id);
  if (found == incoming_.end()) return nullptr;
  auto pending = std::move(found->second);
  incoming_.erase(found);
  incoming_by_dcid_.erase(pending->dcid);
  incoming_bytes_ -= pending->bytes;
  return pending;
}

std::expected<ConnectionHandle, CloseReason> Endpoint::accept(Instant now, IncomingId id,
                                                              const std::vector<std::string>& alpns,
                                                              const std::optional<TransportConfig>& transport) {
  const auto pending = take_incoming(id);
  if (pending == nullptr) {
    return std::unexpected(
        CloseReason{.kind = CloseReason::Kind::locally_closed, .reason = "no such incoming connection"});
  }
  Connection::Parameters parameters = begin_connection(now, Side::server, transport);
  const ConnectionHandle handle = parameters.handle;
  Slot& slot = *find(handle);
  parameters.four_tuple = pending->four_tuple;
  parameters.original_dcid = pending->dcid;
  if (pending->verdict.kind == TokenVerdict::Kind::retried) {
    parameters.original_dcid = pending->verdict.original_dcid;
    parameters.retry_source = pending->dcid;
  }
  parameters.is_address_validated = pending->verdict.kind != TokenVerdict::Kind::absent;
  parameters.initial_token = std::move(pending->token);
  parameters.remote_cid = pending->scid;
  parameters.alpns = alpns;
  begin_trace(parameters);
  slot.connection = std::make_unique<Connection>(std::move(parameters));
  // The client uses the id it chose until it has seen ours; copies of its Initial from elsewhere land here, too.
  routes_.emplace(pending->dcid, Route{handle, path_zero});
  slot.cids.push_back(pending->dcid);
  for (const ReceivedDatagrams& datagram : pending->datagrams) {
    slot.connection->handle_datagrams(now, datagram, path_zero);
  }
  after_input(handle, slot);
  return handle;
}

void Endpoint::refuse(Instant, IncomingId id) {
  if (const auto pending = take_incoming(id)) {
    // [RFC 9000 §5.2.2] [quic.md §6.4]
    send_initial_close(pending->four_tuple, pending->dcid, pending->scid, ErrorCode::connection_refused, "");
  }
}

bool Endpoint::retry(Instant now, IncomingId id) {
  const auto found = incoming_.find(id);
  if (found == incoming_.end() || found->second->verdict.kind == TokenVerdict::Kind::retried) return false;
  const auto pending = take_incoming(id);
  // [RFC 9000 §17.2.5] All that the next Initial has to bring along is in the token and in the id; nothing is kept.
  const auto token = token_keys_.make_retry_token(now, pending->four_tuple.remote, pending->dcid, random_);
  auto packet = make_retry_without_tag(random_, pending->scid, cid_generator_.generate(random_), token);
  append_retry_tag(packet, pending->dcid);
  queue_reply(pending->four_tuple, std::move(packet));
  return true;
}

void Endpoint::ignore(IncomingId id) {
  take_incoming(id);
}

}  // namespace iroh::quic
