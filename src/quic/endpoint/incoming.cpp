// SPDX-License-Identifier: MIT OR Apache-2.0
// Meeting new clients: first Initials wait, with what follows them, until the application decides.
#include "quic/connection/parameters.hpp"
#include "quic/endpoint/slot.hpp"
#include "quic/wire/version.hpp"

namespace iroh::quic {
namespace {

/// [RFC 9000 §7.2] Clients choose at least this many bytes for their first destination id.
constexpr std::size_t first_dcid_size_min = 8;

}  // namespace

void Endpoint::handle_first_initial(const ReceivedDatagrams& datagram) {
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
  // [quic.md 32] Initials in smaller datagrams are ignored.
  const auto packet = parse_packet(bytes, CidGenerator::cid_size);
  if (!is_accepting_ || !packet || packet->type != ParsedPacket::Type::initial || bytes.size() < datagram_size_min)
    return;
  if (const auto known = incoming_by_dcid_.find(packet->dcid); known != incoming_by_dcid_.end()) {
    return buffer(*incoming_.at(known->second), datagram);
  }
  if (packet->dcid.size() < first_dcid_size_min) {
    // [quic.md 32] [RFC 9000 §7.2]
    return send_initial_close(datagram.four_tuple, packet->dcid, packet->scid, ErrorCode::protocol_violation,
                              "destination connection id too short");
  }
  if (incoming_.size() >= config_.max_incoming) return;
  const IncomingId id{next_incoming_++};
  auto pending = std::make_unique<Pending>();
  pending->four_tuple = datagram.four_tuple;
  pending->dcid = packet->dcid;
  pending->scid = packet->scid;
  buffer(*pending, datagram);
  incoming_by_dcid_.emplace(packet->dcid, id);
  incoming_.emplace(id, std::move(pending));
  events_.push_back(NewIncoming{id, datagram.four_tuple});
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
  parameters.remote_cid = pending->scid;
  parameters.alpns = alpns;
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

void Endpoint::ignore(IncomingId id) {
  take_incoming(id);
}

}  // namespace iroh::quic
