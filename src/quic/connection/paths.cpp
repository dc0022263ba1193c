// SPDX-License-Identifier: MIT OR Apache-2.0
// The set of paths: which there are, how one comes into being and is validated. [quic.md §4], [multipath-21 §3]
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
      PathState::Timeouts{config().path_idle_timeout, config().path_keep_alive_interval}, random());
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

PathState& Connection::Impl::main_path() noexcept {
  for (auto& path : paths_) {
    if (path->carries_data && !path->is_abandoned()) return *path;
  }
  for (auto& path : paths_) {
    if (path->is_validated && is_sendable(*path)) return *path;
  }
  return lowest_path();
}

const PathState& Connection::Impl::main_path() const noexcept {
  return const_cast<Impl*>(this)->main_path();
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
  negotiate_nat_traversal();
  issue_cids_for_new_paths();
}

void Connection::Impl::issue_cids_for_new_paths() {
  // [quic.md 41] Eagerly for every usable id: without them a client cannot open the path.
  while (next_path_to_supply_ <= usable_path_id_max()) {
    local_cids_.issue_for(PathId{next_path_to_supply_});
    ++next_path_to_supply_;
  }
}

PathState& Connection::Impl::add_path(PathId id, const FourTuple& four_tuple) {
  auto path = make_path(id, four_tuple, AmplificationLimit(parameters.side));
  for (const auto& other : paths_) {
    if (!other->is_validated || other->is_abandoned() || !is_same_path(four_tuple, other->four_tuple)) continue;
    // [quic.md §4.6] What another path has proved about the 4-tuple holds for this one, too.
    path->is_validated = true;
    path->amplification.lift();
    path->recovery.rtt().set_initial(std::max(other->recovery.rtt().smoothed(), other->recovery.rtt().latest()));
    break;
  }
  // [quic.md 51] Challenged even when it counts as validated.
  path->validator.start(four_tuple);
  no_path_until_.reset();
  if (path->is_validated) repeat_own_ends();
  const auto at = std::ranges::upper_bound(paths_, to_u32(id), {}, [](const auto& p) { return to_u32(p->id); });
  PathState& added = **paths_.insert(at, std::move(path));
  erase_drained_paths();
  watch_active_token(id);
  address_discovery_.observe(id, four_tuple.remote, added.generation);
  if (qlog_.is_on()) qlog_.tuple_assigned(trace_now_, id, four_tuple);
  datagram_queue.set_max_size(max_datagram_size());
  return added;
}

PathState* Connection::Impl::accept_path(Instant now, PathId id, const FourTuple& four_tuple) {
  // [quic.md 48, 50] Only the client opens paths; ids are never reused. What reaches a client on a path that it never
  // opened is authenticated and then ignored.
  if (!is_server() || !is_multipath || to_u32(id) > local_max_path_id_ || retired_paths_.contains(to_u32(id))) {
    return nullptr;
  }
  PathState& added = add_path(id, four_tuple);
  added.amplification.on_received(datagram_size_min);
  // [quic.md §4.6] Without an id of the peer's nothing can be sent there yet; it hears of it on another path.
  if (!remote_cids_.has_path(id)) path_blocked_.on_cids_blocked(id, 0);
  restart_idle(now, added);
  return &added;
}

/// False if it is no answer to a challenge of this path.
bool Connection::Impl::on_path_response(Instant now, PathState& path, const PathToken& token) {
  const auto match = path.validator.match(token);
  if (!match) return false;
  // [quic.md 53] The 4-tuple on which the challenge was sent is valid, wherever the answer came from. [quic.md §0] Our
  // own address may have become known meanwhile.
  if (!is_same_path(match->four_tuple, path.four_tuple)) {
    path.validator.on_stale_response();
    return true;
  }
  path.validator.on_validated();
  path.is_validated = true;
  path.previous.reset();
  path.amplification.lift();
  path.recovery.rtt().set_initial(now - match->sent_at);
  repeat_own_ends();
  if (path.id != path_zero && !path.is_reported && !path.is_abandoned()) {
    // [quic.md 55]
    path.is_reported = true;
    events_.push_back(PathOpened{path.id});
    if (const auto seen_at = address_discovery_.on_established(path.id)) {
      events_.push_back(ObservedAddress{path.id, *seen_at});
    }
  }
  return true;
}

bool Connection::Impl::is_sendable(const PathState& path) const noexcept {
  return !path.is_abandoned() && remote_cids_.has_path(path.id);
}

}  // namespace iroh::quic
