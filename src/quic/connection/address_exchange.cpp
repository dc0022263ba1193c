// SPDX-License-Identifier: MIT OR Apache-2.0
// Addresses that the peers tell each other: candidates and probes of NAT traversal, reports of what is seen from
// outside. The rules live in quic/nat_traversal and quic/address_discovery. [quic.md §5]
#include <algorithm>

#include "base/try.hpp"
#include "quic/connection/impl.hpp"

namespace iroh::quic {

/// Multipath has just come into force, or has not. [quic.md 9] Without it there is no NAT traversal either.
void Connection::Impl::negotiate_nat_traversal() {
  if (!is_multipath || !local_parameters_.nat_traversal_limit || !peer_parameters_.nat_traversal_limit) return;
  nat_.emplace(parameters.side, NatTraversalConfig{.own_limit = *local_parameters_.nat_traversal_limit,
                                                   .peer_limit = *peer_parameters_.nat_traversal_limit,
                                                   .initial_rtt = config().initial_rtt,
                                                   .supports_ipv6 = config().probes_ipv6});
}

// ---- the application

std::expected<void, NatTraversalError> Connection::Impl::add_candidate(const SocketAddr& address) {
  if (!nat_) return std::unexpected(NatTraversalError::not_negotiated);
  return nat_->add_candidate(address);
}

bool Connection::Impl::remove_candidate(const SocketAddr& address) {
  return nat_ && nat_->remove_candidate(address);
}

std::expected<void, NatTraversalError> Connection::Impl::start_nat_round(Instant now) {
  if (!nat_) return std::unexpected(NatTraversalError::not_negotiated);
  return nat_->start_round(now);
}

std::vector<SocketAddr> Connection::Impl::remote_candidates() const {
  return nat_ ? nat_->remote_candidates() : std::vector<SocketAddr>{};
}

// ---- frames in

TransportResult<void> Connection::Impl::require_nat_traversal() const {
  if (nat_) return {};
  return transport_error(ErrorCode::protocol_violation, "NAT traversal was not negotiated");
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const AddAddressFrame& frame) {
  IROH_TRY_VOID(require_nat_traversal());
  IROH_TRY(added, nat_->on_add_address(frame));
  if (added) events_.push_back(CandidateAdded{*added});
  return {};
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext&, const RemoveAddressFrame& frame) {
  IROH_TRY_VOID(require_nat_traversal());
  IROH_TRY(removed, nat_->on_remove_address(frame));
  if (removed) events_.push_back(CandidateRemoved{*removed});
  return {};
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const ReachOutFrame& frame) {
  IROH_TRY_VOID(require_nat_traversal());
  return nat_->on_reach_out(context.now, frame);
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const ObservedAddressFrame& frame) {
  const PathState& path = *context.path;
  const bool is_established = path.id == path_zero || path.is_reported;
  IROH_TRY(changed, address_discovery_.on_observed_address(path.id, frame, is_established));
  if (changed) events_.push_back(ObservedAddress{path.id, *changed});
  return {};
}

/// A PATH_RESPONSE to none of the paths' own challenges: perhaps to a probe. [quic.md 75, 76]
void Connection::Impl::on_probe_response(Instant now, const PathToken& token, const FourTuple& from) {
  if (!nat_) return;
  if (const auto reached = nat_->on_path_response(token, from); reached && !is_server()) open_reached(now, *reached);
}

/// False: not now; it waits until there is a path id or a connection id for it.
bool Connection::Impl::open_reached(Instant now, const FourTuple& four_tuple) {
  const auto opened = open_path(now, four_tuple, PathStatus::backup, true);
  const bool may_work_later =
      !opened && (opened.error() == OpenPathError::no_path_id || opened.error() == OpenPathError::no_cid);
  if (may_work_later) nat_->defer_open(four_tuple);
  return !may_work_later;
}

/// [quic.md 49] MAX_PATH_ID grew, or connection ids came.
void Connection::Impl::retry_pending_opens(Instant now) {
  if (!nat_ || is_server()) return;
  while (const auto waiting = nat_->take_pending_open()) {
    if (!open_reached(now, *waiting)) return;
  }
}

// ---- probes out

/// [quic.md 73] One PATH_CHALLENGE alone, unpadded, with the keys and numbers of the lowest validated path.
std::optional<Transmit> Connection::Impl::transmit_nat_probe(Instant now, MutableByteSpan buffer) {
  if (!nat_ || !nat_->has_probe()) return std::nullopt;
  const auto carrier =
      std::ranges::find_if(paths_, [this](const auto& p) { return p->is_validated && is_sendable(*p); });
  if (carrier == paths_.end()) return std::nullopt;
  const auto probe = nat_->poll_probe(random());
  if (!probe) return std::nullopt;
  PathState& path = **carrier;
  train_.begin(buffer, datagram_size_min);
  begin_packet(path, EncryptionLevel::one_rtt);
  write_frame(PathChallengeFrame{probe->token}, {.kind = SentFrame::Kind::path_challenge, .path = path.id});
  end_packet(now, path, EncryptionLevel::one_rtt, false, false);
  train_.end_datagram();
  return finish_train(path, {probe->to, std::nullopt}, Ecn::not_ect);
}

/// [quic.md 74] A client that answers a challenge from elsewhere asks back in the same datagram: the server may be
/// behind a NAT that shows each of its peers another address.
void Connection::Impl::write_extra_challenge(const FourTuple& to) {
  if (!nat_ || is_server()) return;
  const bool is_known = std::ranges::any_of(
      paths_, [&](const auto& p) { return p->is_validated && !p->is_abandoned() && is_same_path(to, p->four_tuple); });
  if (is_known) return;
  if (const auto token = nat_->make_extra_challenge(random(), to.remote)) {
    write_frame(PathChallengeFrame{*token}, {.kind = SentFrame::Kind::path_challenge});
  }
}

}  // namespace iroh::quic
