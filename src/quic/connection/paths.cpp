// SPDX-License-Identifier: MIT OR Apache-2.0
// The set of paths: opening, validating, abandoning, draining. [quic.md §4], [multipath-21 §3]
#include <algorithm>

#include "quic/connection/impl.hpp"

namespace iroh::quic {

std::unique_ptr<PathState> Connection::Impl::make_path(PathId id, const FourTuple& four_tuple,
                                                       AmplificationLimit amplification) {
  const MtuConfig mtu{.initial = config().initial_mtu,
                      .upper_bound = std::max(config().mtu_upper_bound, config().initial_mtu),
                      .search = config().mtu_discovery};
  auto path = std::make_unique<PathState>(
      id, four_tuple, amplification,
      LossRecovery(make_congestion_controller(config().congestion, config().initial_mtu), config().initial_rtt), mtu,
      random());
  if (has_peer_parameters_) path->mtu.set_peer_limit(static_cast<std::uint16_t>(peer_parameters_.max_udp_payload_size));
  path->acks.set_frequency(ack_frequency_);
  return path;
}

PathState* Connection::Impl::find_path(PathId id) noexcept {
  for (auto& path : paths_) {
    if (path->id == id) return path.get();
  }
  return nullptr;
}

PathState& Connection::Impl::lowest_path() noexcept {
  for (auto& path : paths_) {
    if (!path->is_abandoned()) return *path;
  }
  return *paths_.front();
}

const PathState& Connection::Impl::lowest_path() const noexcept {
  return const_cast<Impl*>(this)->lowest_path();
}

std::uint32_t Connection::Impl::usable_path_id_max() const noexcept {
  return std::min(local_max_path_id_, peer_max_path_id_);
}

void Connection::Impl::on_multipath_in_force() {
  // [quic.md §2.3] Negotiated when both sides sent initial_max_path_id.
  if (!local_parameters_.initial_max_path_id || !peer_parameters_.initial_max_path_id) {
    local_cids_.issue_for(path_zero);
    return;
  }
  is_multipath = true;
  local_max_path_id_ = *local_parameters_.initial_max_path_id;
  peer_max_path_id_ = *peer_parameters_.initial_max_path_id;
  issue_cids_for_new_paths();
}

void Connection::Impl::issue_cids_for_new_paths() {
  // [quic.md 41] Eagerly for every usable id: without them a client cannot open the path.
  while (next_path_to_supply_ <= usable_path_id_max()) {
    local_cids_.issue_for(PathId{next_path_to_supply_});
    ++next_path_to_supply_;
  }
}

PathState* Connection::Impl::accept_path(Instant now, PathId id, const FourTuple& four_tuple) {
  // [quic.md 48, 50] Only the client opens paths; ids are never reused. What reaches a client on a path that it never
  // opened is authenticated and then ignored.
  if (!is_server() || !is_multipath || to_u32(id) > local_max_path_id_ || retired_paths_.contains(to_u32(id))) {
    return nullptr;
  }
  auto path = make_path(id, four_tuple, AmplificationLimit(Side::server));
  for (const auto& other : paths_) {
    if (other->is_validated && !other->is_abandoned() && is_same_path(four_tuple, other->four_tuple)) {
      path->is_validated = true;
      path->amplification.lift();
      path->recovery.rtt().set_initial(std::max(other->recovery.rtt().smoothed(), other->recovery.rtt().latest()));
      break;
    }
  }
  // [quic.md 51] Challenged even when it counts as validated.
  path->validator.start(four_tuple);
  no_path_until_.reset();
  const auto at = std::ranges::upper_bound(paths_, to_u32(id), {}, [](const auto& p) { return to_u32(p->id); });
  PathState* added = paths_.insert(at, std::move(path))->get();
  restart_idle(now, *added);
  return added;
}

void Connection::Impl::on_path_response(Instant now, PathState& path, const PathToken& token) {
  const auto match = path.validator.match(token);
  if (!match) return;
  // [quic.md 53] The 4-tuple on which the challenge was sent is valid, wherever the answer came from.
  if (!(match->four_tuple == path.four_tuple)) return path.validator.on_stale_response();
  path.validator.on_validated();
  path.is_validated = true;
  path.previous.reset();
  path.amplification.lift();
  path.recovery.rtt().set_initial(now - match->sent_at);
  if (path.id != path_zero && !path.is_reported && !path.is_abandoned()) {
    // [quic.md 55]
    path.is_reported = true;
    events_.push_back(PathOpened{path.id});
  }
}

bool Connection::Impl::is_sendable(const PathState& path) const noexcept {
  return !path.is_abandoned() && remote_cids_.has_path(path.id);
}

void Connection::Impl::abandon_path(PathState& path, std::uint64_t code) {
  const auto open = std::ranges::count_if(paths_, [](const auto& p) { return !p->is_abandoned(); });
  // [quic.md 60] Never the last one.
  if (path.is_abandoned() || open <= 1) return;
  mark_abandoned(path, code);
}

void Connection::Impl::mark_abandoned(PathState& path, std::uint64_t code) {
  path.abandon = PathState::Abandon{.code = code};
  path.validator.stop();
  path.responses.clear();
  path.idle_at.reset();
  path.keep_alive_at.reset();
  path.is_ping_pending = false;
  local_cids_.abandon(path.id);
  events_.push_back(PathClosed{path.id, code});
  datagram_queue.set_max_size(max_datagram_size());
}

void Connection::Impl::start_draining_path(Instant now, PathState& path) {
  if (path.abandon->drained_at) return;
  // [quic.md 63] Three probe timeouts from the peer's PATH_ABANDON.
  path.abandon->drained_at = now + 3 * path.recovery.pto(SpaceId::data, pto_context(path));
  // [quic.md 64] One more id, once per abandoned one, keeps the number of live paths constant.
  ++local_max_path_id_;
  is_max_path_id_pending_ = true;
  issue_cids_for_new_paths();
}

void Connection::Impl::remove_drained_paths(Instant now) {
  for (auto& path : paths_) {
    if (!path->abandon || !path->abandon->drained_at || *path->abandon->drained_at > now) continue;
    path->recovery.all_in_flight_as_lost(SpaceId::data, recovery_output_);
    apply(now, *path, SpaceId::data);
    local_cids_.forget(path->id);
    former_paths_.lost_packets += path->recovery.stats().lost_packets;
    former_paths_.lost_bytes += path->recovery.stats().lost_bytes;
    former_paths_.sent_packets += path->recovery.stats().sent_packets;
    retired_paths_.insert(to_u32(path->id));
  }
  std::erase_if(paths_, [&](const auto& path) {
    return paths_.size() > 1 && path->abandon && path->abandon->drained_at && *path->abandon->drained_at <= now;
  });
}

}  // namespace iroh::quic
