// SPDX-License-Identifier: MIT OR Apache-2.0
// The end of a path: abandoned by either side, drained, gone. [multipath-21 §3.4], [quic.md §4.9, §4.10]
#include <algorithm>

#include "base/try.hpp"
#include "quic/connection/impl.hpp"

namespace iroh::quic {

std::expected<void, ClosePathError> Connection::Impl::close_path(PathId id, std::uint64_t code) {
  PathState* path = find_path(id);
  // [quic.md §9.1-39] Nothing is reported after the end of the connection.
  if (path == nullptr || path->is_abandoned() || close_reason.has_value())
    return std::unexpected(ClosePathError::unknown_path);
  // [quic.md 60] Never the last one.
  if (is_last_open(*path)) return std::unexpected(ClosePathError::last_path);
  mark_abandoned(*path, code, false);
  return {};
}

bool Connection::Impl::is_last_open(const PathState& path) const noexcept {
  return std::ranges::none_of(paths_, [&](const auto& p) { return p.get() != &path && !p->is_abandoned(); });
}

void Connection::Impl::mark_abandoned(PathState& path, std::uint64_t code, bool by_peer) {
  path.abandon = PathState::Abandon{.code = code};
  if (qlog_.is_on()) {
    qlog_.path_abandoned(trace_now_, path.id, by_peer ? QlogInitiator::remote : QlogInitiator::local, code);
  }
  path.carries_data = false;
  path.validator.stop();
  path.responses.clear();
  path.idle_at.reset();
  path.keep_alive_at.reset();
  path.pacing_at.reset();
  path.previous.reset();
  path.is_ping_pending = false;
  path.is_immediate_ack_pending = false;
  path.is_status_pending = false;  // [quic.md 18]
  path.repeats_data = false;
  path.copies.clear();
  local_cids_.abandon(path.id);
  path_blocked_.forget(path.id);
  events_.push_back(PathClosed{path.id, code, by_peer});
  datagram_queue.set_max_size(max_datagram_size());
}

/// [quic.md 61] Where no other path can, the abandoned one itself carries its PATH_ABANDON.
bool Connection::Impl::announces_own_end(const PathState& path) const noexcept {
  if (!path.abandon || path.abandon->is_written || !path.is_validated || !remote_cids_.has_path(path.id)) return false;
  return std::ranges::none_of(paths_, [&](const auto& p) { return p->is_validated && is_sendable(*p); });
}

/// [quic.md 61] There is a validated path again. What an abandoned one has said of its own end may be lost without
/// anybody noticing, as it probes no more: nothing of it would drain, and what was in flight on it would never go out
/// again.
void Connection::Impl::repeat_own_ends() noexcept {
  for (auto& path : paths_) {
    if (!path->abandon || !path->abandon->is_carried_by_itself || path->abandon->drained_at) continue;
    path->abandon->is_carried_by_itself = path->abandon->is_written = false;
  }
}

TransportResult<void> Connection::Impl::on_frame(const PacketContext& context, const PathAbandonFrame& frame) {
  IROH_TRY_VOID(require_multipath());
  PathState* path = find_path(frame.path);
  if (path == nullptr) {
    on_unknown_path_abandoned(frame);
    return {};
  }
  if (!path->is_abandoned()) {
    const bool is_last = is_last_open(*path);
    mark_abandoned(*path, frame.code, true);
    // [quic.md §4.10] [quic.md 60] Three times the initial probe timeout for a new path.
    if (is_last) {
      no_path_until_ =
          context.now + 3 * (3 * config().initial_rtt + base::milliseconds(peer_parameters_.max_ack_delay_ms));
    }
  }
  path->abandon->is_answered = true;
  allow_one_more_path(path->id);
  // [quic.md 63] Three probe timeouts from the peer's first PATH_ABANDON.
  if (!path->abandon->drained_at) start_draining(context.now, *path);
  return {};
}

/// [quic.md §11 3] A path that never came to be, or that has drained here already: the id is used up, and the peer that
/// gives it up may wait for our word. [quic.md 65] Repetitions change nothing.
void Connection::Impl::on_unknown_path_abandoned(const PathAbandonFrame& frame) {
  const std::uint32_t id = to_u32(frame.path);
  if (id > local_max_path_id_ || answered_paths_.contains(id)) return;
  if (!retired_paths_.contains(id)) {
    retired_paths_.insert(id);
    next_path_id_ = std::max(next_path_id_, id + 1);
    local_cids_.forget(frame.path);
    remote_cids_.abandon(frame.path);
    path_blocked_.forget(frame.path);
    queue_abandon_reply(frame);
  }
  allow_one_more_path(frame.path);
}

void Connection::Impl::queue_abandon_reply(const PathAbandonFrame& reply) {
  // [quic.md 90] A peer that gives up id after id and reads nothing hears of the first of them.
  constexpr std::size_t replies_max = 16;
  if (abandon_replies_.size() < replies_max) abandon_replies_.push_back(reply);
}

/// [quic.md 64] One more id, once per abandoned one, keeps the number of live paths constant.
void Connection::Impl::allow_one_more_path(PathId id) {
  if (answered_paths_.contains(to_u32(id))) return;
  answered_paths_.insert(to_u32(id));
  ++local_max_path_id_;
  is_max_path_id_pending_ = true;
  issue_cids_for_new_paths();
}

void Connection::Impl::start_draining(Instant now, PathState& path) {
  path.abandon->drained_at = now + 3 * path.recovery.pto(SpaceId::data, pto_context(path));
}

/// [quic.md §11 3] The peer has read our PATH_ABANDON: whether it answers or not, the state does not stay for ever.
void Connection::Impl::on_abandon_acked(Instant now, PathId id) {
  PathState* path = find_path(id);
  if (path != nullptr && path->abandon && !path->abandon->is_drained && !path->abandon->drained_at) {
    start_draining(now, *path);
  }
}

void Connection::Impl::drain_paths(Instant now) {
  for (auto& path : paths_) {
    if (!path->abandon || !path->abandon->drained_at || *path->abandon->drained_at > now) continue;
    path->abandon->drained_at.reset();
    path->abandon->is_drained = true;
    // [quic.md 63] What was under way goes out again, elsewhere.
    path->recovery.all_in_flight_as_lost(SpaceId::data, recovery_output_);
    apply(now, *path, SpaceId::data);
    local_cids_.forget(path->id);
    remote_cids_.abandon(path->id);
    retired_paths_.insert(to_u32(path->id));
    address_discovery_.forget(path->id);
    qlog_.forget(path->id);
  }
  erase_drained_paths();
}

/// The last of them stays until there is another: the connection always has a path.
void Connection::Impl::erase_drained_paths() {
  const auto is_drained = [](const auto& path) { return path->abandon && path->abandon->is_drained; };
  const auto drained = static_cast<std::size_t>(std::ranges::count_if(paths_, is_drained));
  std::size_t erasable = drained == paths_.size() ? drained - 1 : drained;
  std::erase_if(paths_, [&](const auto& path) {
    if (!is_drained(path) || erasable == 0) return false;
    --erasable;
    former_paths_.lost_packets += path->recovery.stats().lost_packets;
    former_paths_.lost_bytes += path->recovery.stats().lost_bytes;
    former_paths_.sent_packets += path->recovery.stats().sent_packets;
    events_.push_back(PathDiscarded{stats_of(*path)});
    return true;
  });
}

}  // namespace iroh::quic
