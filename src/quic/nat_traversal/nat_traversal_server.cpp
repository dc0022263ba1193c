// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/nat_traversal/nat_traversal_server.hpp"

#include <algorithm>

#include "quic/frame/frame_type.hpp"
#include "quic/stream/write_frame.hpp"

namespace iroh::quic {

NatTraversalServer::NatTraversalServer(const NatTraversalConfig& config) noexcept
    : own_limit_(config.own_limit),
      peer_limit_(config.peer_limit),
      supports_ipv6_(config.supports_ipv6),
      probes_(config.own_limit, config.initial_rtt) {}

std::expected<void, NatTraversalError> NatTraversalServer::add_candidate(const SocketAddr& address) {
  const SocketAddr candidate = as_candidate(address);
  if (!is_reachable_address(candidate)) return std::unexpected(NatTraversalError::invalid_candidate);
  std::size_t count = 0;
  for (const Announcement& known : announcements_) {
    if (known.is_removed) continue;
    if (known.address == candidate) return {};
    ++count;
  }
  if (count >= peer_limit_) return std::unexpected(NatTraversalError::too_many_candidates);
  // [quic.md 70] A fresh number, also for an address that was withdrawn before.
  announcements_.push_back({.sequence = next_sequence_++, .address = candidate});
  ++queued_;
  return {};
}

bool NatTraversalServer::remove_candidate(const SocketAddr& address) {
  const SocketAddr candidate = as_candidate(address);
  const auto found = std::ranges::find_if(
      announcements_, [&](const Announcement& known) { return !known.is_removed && known.address == candidate; });
  if (found == announcements_.end()) return false;
  if (!found->is_add_sent) {  // the peer has never heard of it
    erase(found->sequence);
    return true;
  }
  found->is_removed = true;
  queue(found->is_remove_queued);
  forget_oldest_removed();
  return true;
}

TransportResult<void> NatTraversalServer::on_reach_out(Instant now, const ReachOutFrame& frame) {
  const SocketAddr address = as_candidate(frame.address);
  // [quic.md §5.5] What cannot be probed is dropped, without adopting its round.
  if (!is_reachable_address(address) || (address.is_v6() && !supports_ipv6_)) return {};
  if (frame.round < round_) return {};  // [quic.md 72]
  if (frame.round > round_) {
    round_ = frame.round;
    round_addresses_.clear();
    probes_.start_round(now);
  }
  if (std::ranges::find(round_addresses_, address) != round_addresses_.end()) return {};
  // [quic.md 77] One frame of a dozen bytes makes us send nine packets to an address of the client's choice. With this
  // limit a round sends less than a datagram full of REACH_OUT may cause elsewhere.
  if (round_addresses_.size() >= own_limit_) {
    const auto type = address.is_v4() ? FrameType::reach_out_v4 : FrameType::reach_out_v6;
    return transport_error(ErrorCode::protocol_violation, "too many addresses in one round", to_u64(type));
  }
  round_addresses_.push_back(address);
  probes_.add(now, address);
  return {};
}

void NatTraversalServer::write(PacketWriter& packet) {
  for (Announcement& known : announcements_) {
    if (!known.is_add_queued) continue;
    const AddAddressFrame frame{.sequence = known.sequence, .address = known.address};
    if (!write_frame(packet, frame, {.kind = SentFrame::Kind::add_address, .id = known.sequence})) return;
    unqueue(known.is_add_queued);
    known.is_add_sent = true;
  }
  for (Announcement& known : announcements_) {
    if (!known.is_remove_queued) continue;
    const RemoveAddressFrame frame{.sequence = known.sequence};
    if (!write_frame(packet, frame, {.kind = SentFrame::Kind::remove_address, .id = known.sequence})) return;
    unqueue(known.is_remove_queued);
  }
}

void NatTraversalServer::on_acked(const SentFrame& frame) noexcept {
  Announcement* known = find(frame.id);
  if (known == nullptr) return;
  if (frame.kind == SentFrame::Kind::add_address) known->is_add_acked = true;
  if (frame.kind == SentFrame::Kind::remove_address) known->is_remove_acked = true;
  const bool is_settled = known->is_add_acked && known->is_remove_acked;
  if (is_settled && !known->is_add_queued && !known->is_remove_queued) erase(known->sequence);
}

void NatTraversalServer::on_lost(const SentFrame& frame) noexcept {
  Announcement* known = find(frame.id);
  if (known == nullptr) return;
  if (frame.kind == SentFrame::Kind::remove_address) return queue(known->is_remove_queued);
  // [quic.md §3.4] Unchanged, even if it was withdrawn since. If the withdrawal has overtaken it, the client would then
  // keep an address that is gone; so that is repeated behind it.
  queue(known->is_add_queued);
  if (known->is_removed) queue(known->is_remove_queued);
}

NatTraversalServer::Announcement* NatTraversalServer::find(std::uint64_t sequence) noexcept {
  const auto found = std::ranges::lower_bound(announcements_, sequence, {}, &Announcement::sequence);
  return found == announcements_.end() || found->sequence != sequence ? nullptr : &*found;
}

void NatTraversalServer::queue(bool& flag) noexcept {
  if (!flag) ++queued_;
  flag = true;
}

void NatTraversalServer::unqueue(bool& flag) noexcept {
  if (flag) --queued_;
  flag = false;
}

void NatTraversalServer::erase(std::uint64_t sequence) noexcept {
  Announcement* known = find(sequence);
  if (known == nullptr) return;
  unqueue(known->is_add_queued);
  unqueue(known->is_remove_queued);
  announcements_.erase(announcements_.begin() + (known - announcements_.data()));
}

void NatTraversalServer::forget_oldest_removed() noexcept {
  if (static_cast<std::size_t>(std::ranges::count_if(announcements_, &Announcement::is_removed)) <= removed_max) return;
  erase(std::ranges::find_if(announcements_, &Announcement::is_removed)->sequence);
}

}  // namespace iroh::quic
