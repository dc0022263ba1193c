// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/nat_traversal/nat_traversal.hpp"

#include <string>
#include <utility>

#include "quic/frame/frame_type.hpp"

namespace iroh::quic {
namespace {

using Role = std::variant<NatTraversalClient, NatTraversalServer>;

Role make_role(Side side, const NatTraversalConfig& config) {
  if (side == Side::client) return NatTraversalClient(config);
  return NatTraversalServer(config);
}

std::unexpected<TransportError> wrong_role(std::string reason, FrameType type) {
  return transport_error(ErrorCode::protocol_violation, std::move(reason), to_u64(type));
}

}  // namespace

NatTraversal::NatTraversal(Side side, const NatTraversalConfig& config) : role_(make_role(side, config)) {}

std::expected<void, NatTraversalError> NatTraversal::add_candidate(const SocketAddr& address) {
  if (is_closed_) return std::unexpected(NatTraversalError::closed);
  return std::visit([&](auto& role) { return role.add_candidate(address); }, role_);
}

bool NatTraversal::remove_candidate(const SocketAddr& address) {
  return std::visit([&](auto& role) { return role.remove_candidate(address); }, role_);
}

std::expected<void, NatTraversalError> NatTraversal::start_round(Instant now) {
  if (is_closed_) return std::unexpected(NatTraversalError::closed);
  if (client() == nullptr) return std::unexpected(NatTraversalError::not_client);
  return client()->start_round(now);
}

std::vector<SocketAddr> NatTraversal::remote_candidates() const {
  return std::visit([](const auto& role) { return role.remote_candidates(); }, role_);
}

TransportResult<std::optional<SocketAddr>> NatTraversal::on_add_address(const AddAddressFrame& frame) {
  // [quic.md §3.5] Servers announce, clients reach out.
  if (client() == nullptr) {
    const auto type = frame.address.is_v4() ? FrameType::add_address_v4 : FrameType::add_address_v6;
    return wrong_role("ADD_ADDRESS from a client", type);
  }
  if (is_closed_) return std::nullopt;
  return client()->on_add_address(frame);
}

TransportResult<std::optional<SocketAddr>> NatTraversal::on_remove_address(const RemoveAddressFrame& frame) {
  if (client() == nullptr) return wrong_role("REMOVE_ADDRESS from a client", FrameType::remove_address);
  if (is_closed_) return std::nullopt;
  return client()->on_remove_address(frame);
}

TransportResult<void> NatTraversal::on_reach_out(Instant now, const ReachOutFrame& frame) {
  if (server() == nullptr) {
    const auto type = frame.address.is_v4() ? FrameType::reach_out_v4 : FrameType::reach_out_v6;
    return wrong_role("REACH_OUT from a server", type);
  }
  if (is_closed_) return {};
  return server()->on_reach_out(now, frame);
}

bool NatTraversal::can_send() const noexcept {
  return !is_closed_ && std::visit([](const auto& role) { return role.can_send(); }, role_);
}

void NatTraversal::write(PacketWriter& packet) {
  if (is_closed_) return;
  std::visit([&](auto& role) { role.write(packet); }, role_);
}

void NatTraversal::on_acked(const SentFrame& frame) {
  std::visit([&](auto& role) { role.on_acked(frame); }, role_);
}

void NatTraversal::on_lost(const SentFrame& frame) {
  std::visit([&](auto& role) { role.on_lost(frame); }, role_);
}

std::optional<PathToken> NatTraversal::make_extra_challenge(base::Random& random, const SocketAddr& to) {
  if (is_closed_ || client() == nullptr) return std::nullopt;
  return client()->make_extra_challenge(random, to);
}

std::optional<FourTuple> NatTraversal::on_path_response(const PathToken& token, const FourTuple& from) {
  if (is_closed_) return std::nullopt;
  const bool is_match = std::visit([&](auto& role) { return role.on_path_response(token, from.remote); }, role_);
  return is_match ? std::optional(from) : std::nullopt;
}

void NatTraversal::defer_open(const FourTuple& four_tuple) {
  if (!is_closed_ && client() != nullptr) client()->defer_open(four_tuple);
}

std::optional<FourTuple> NatTraversal::take_pending_open() {
  if (is_closed_ || client() == nullptr) return std::nullopt;
  return client()->take_pending_open();
}

void NatTraversal::set_supports_ipv6(bool value) noexcept {
  std::visit([value](auto& role) { role.set_supports_ipv6(value); }, role_);
}

void NatTraversal::close() noexcept {
  is_closed_ = true;
  probes().stop();
}

ProbeSchedule& NatTraversal::probes() noexcept {
  return std::visit([](auto& role) -> ProbeSchedule& { return role.probes(); }, role_);
}

const ProbeSchedule& NatTraversal::probes() const noexcept {
  return std::visit([](const auto& role) -> const ProbeSchedule& { return role.probes(); }, role_);
}

}  // namespace iroh::quic
