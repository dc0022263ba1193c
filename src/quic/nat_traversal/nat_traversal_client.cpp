// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/nat_traversal/nat_traversal_client.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "quic/stream/write_frame.hpp"

namespace iroh::quic {

NatTraversalClient::NatTraversalClient(const NatTraversalConfig& config) noexcept
    : own_limit_(config.own_limit),
      peer_limit_(config.peer_limit),
      supports_ipv6_(config.supports_ipv6),
      probes_(config.own_limit, config.initial_rtt) {}

std::expected<void, NatTraversalError> NatTraversalClient::add_candidate(const SocketAddr& address) {
  const SocketAddr candidate = as_candidate(address);
  if (!is_reachable_address(candidate)) return std::unexpected(NatTraversalError::invalid_candidate);
  if (std::ranges::find(candidates_, candidate) != candidates_.end()) return {};
  // [quic.md §2.2] More in one round would be a PROTOCOL_VIOLATION to the server.
  if (candidates_.size() >= peer_limit_) return std::unexpected(NatTraversalError::too_many_candidates);
  candidates_.push_back(candidate);
  return {};
}

bool NatTraversalClient::remove_candidate(const SocketAddr& address) {
  return std::erase(candidates_, as_candidate(address)) > 0;
}

std::expected<void, NatTraversalError> NatTraversalClient::start_round(Instant now) {
  if (candidates_.empty()) return std::unexpected(NatTraversalError::no_candidates);
  ++round_;  // [quic.md 71] the first is 1
  announced_ = candidates_;
  to_send_.resize(announced_.size());
  std::iota(to_send_.begin(), to_send_.end(), std::size_t{0});
  extra_challenges_.clear();  // [quic.md 75] answers to earlier rounds mean nothing now
  probes_.start_round(now);
  for (const Remote& remote : remotes_) {
    if (can_probe(remote.address)) probes_.add(now, remote.address);
  }
  return {};
}

std::vector<SocketAddr> NatTraversalClient::remote_candidates() const {
  std::vector<SocketAddr> addresses;
  addresses.reserve(remotes_.size());
  for (const Remote& remote : remotes_) addresses.push_back(remote.address);
  return addresses;
}

std::optional<SocketAddr> NatTraversalClient::on_add_address(const AddAddressFrame& frame) {
  const SocketAddr address = as_candidate(frame.address);
  const auto known = std::ranges::find(remotes_, frame.sequence, &Remote::sequence);
  if (known != remotes_.end()) {
    if (known->address == address) return std::nullopt;
    // [quic.md §3.5] The same number with another address takes the place of the first.
    const SocketAddr old = std::exchange(known->address, address);
    if (!is_announced(old)) probes_.remove(old);
  } else {
    // [quic.md 77] A server that announces without end would otherwise fill our memory and aim our probes at others.
    if (remotes_.size() >= own_limit_) return std::nullopt;
    remotes_.push_back({frame.sequence, address});
  }
  // [quic.md §5.3] It takes part in the round whose timer runs, from the next tick.
  if (can_probe(address)) probes_.join(address);
  return address;
}

std::optional<SocketAddr> NatTraversalClient::on_remove_address(const RemoveAddressFrame& frame) {
  const auto known = std::ranges::find(remotes_, frame.sequence, &Remote::sequence);
  if (known == remotes_.end()) return std::nullopt;
  const SocketAddr address = known->address;
  remotes_.erase(known);
  if (!is_announced(address)) probes_.remove(address);
  return address;
}

void NatTraversalClient::write(PacketWriter& packet) {
  while (!to_send_.empty()) {
    const std::size_t index = to_send_.back();
    const ReachOutFrame frame{.round = round_, .address = announced_[index]};
    const SentFrame record{.kind = SentFrame::Kind::reach_out, .id = round_, .offset = index};
    if (!write_frame(packet, frame, record)) return;
    to_send_.pop_back();
  }
}

void NatTraversalClient::on_lost(const SentFrame& frame) {
  // [quic.md §3.4] Only if its round is still the latest.
  if (frame.id != round_) return;
  const auto index = static_cast<std::size_t>(frame.offset);
  if (std::ranges::find(to_send_, index) == to_send_.end()) to_send_.push_back(index);
}

PathToken NatTraversalClient::make_extra_challenge(base::Random& random, const SocketAddr& to) {
  if (extra_challenges_.size() >= extra_challenges_max) extra_challenges_.erase(extra_challenges_.begin());
  Probe& challenge = extra_challenges_.emplace_back(Probe{.token = {}, .to = to});
  random.fill(challenge.token);
  return challenge.token;
}

bool NatTraversalClient::on_path_response(const PathToken& token, const SocketAddr& from) noexcept {
  const bool is_extra = std::ranges::any_of(extra_challenges_, [&](const Probe& challenge) {
    return challenge.token == token && is_same_remote(challenge.to, from);
  });
  // [quic.md 75] Whoever repeats a token from elsewhere proves nothing about the address that it was sent to.
  if (!is_extra && !probes_.on_response(token, from)) return false;
  probes_.on_reached(from);
  std::erase_if(extra_challenges_, [&](const Probe& challenge) { return is_same_remote(challenge.to, from); });
  return true;
}

void NatTraversalClient::defer_open(const FourTuple& four_tuple) {
  if (pending_opens_.size() >= pending_opens_max) return;
  // [quic.md 76] Never two paths on one 4-tuple.
  if (std::ranges::find(pending_opens_, four_tuple) == pending_opens_.end()) pending_opens_.push_back(four_tuple);
}

std::optional<FourTuple> NatTraversalClient::take_pending_open() noexcept {
  if (pending_opens_.empty()) return std::nullopt;
  const FourTuple oldest = pending_opens_.front();
  pending_opens_.erase(pending_opens_.begin());
  return oldest;
}

/// [quic.md 78] An IPv6 address is of no use to an IPv4 socket; it is passed over in silence.
bool NatTraversalClient::can_probe(const SocketAddr& address) const noexcept {
  return is_reachable_address(address) && (address.is_v4() || supports_ipv6_);
}

bool NatTraversalClient::is_announced(const SocketAddr& address) const noexcept {
  return std::ranges::find(remotes_, address, &Remote::address) != remotes_.end();
}

}  // namespace iroh::quic
