// SPDX-License-Identifier: MIT OR Apache-2.0
// What an application asks about paths: open one, give it a status or timeouts of its own. [quic.md §4.2, §4.6, §4.8]
#include <algorithm>

#include "quic/connection/impl.hpp"

namespace iroh::quic {

std::expected<PathId, OpenPathError> Connection::Impl::open_path(Instant, const FourTuple& to, PathStatus status,
                                                                 bool if_absent) {
  // [quic.md 48]
  if (is_server()) return std::unexpected(OpenPathError::not_client);
  if (!is_multipath || state != State::established) return std::unexpected(OpenPathError::not_multipath);
  if (if_absent) {
    for (const auto& path : paths_) {
      if (!path->is_abandoned() && is_same_path(to, path->four_tuple)) return path->id;
    }
  }
  // [quic.md 48, 49] Ids ascend; a new one has to lie within both maxima.
  const PathId id{next_path_id_};
  if (next_path_id_ > peer_max_path_id_) {
    path_blocked_.on_paths_blocked(PathId{peer_max_path_id_});
    return std::unexpected(OpenPathError::no_path_id);
  }
  if (next_path_id_ > local_max_path_id_) return std::unexpected(OpenPathError::no_path_id);
  if (!remote_cids_.has_path(id)) {
    path_blocked_.on_cids_blocked(id, 0);
    return std::unexpected(OpenPathError::no_cid);
  }
  ++next_path_id_;
  PathState& path = add_path(id, to);
  // [quic.md §11 2] A path that is a Backup from the start says so once, along with its first challenge.
  if (status != path.status) change_status(path, status);
  return id;
}

void Connection::Impl::change_status(PathState& path, PathStatus status) {
  path.status = status;
  ++path.status_sequence;
  path.is_status_pending = true;
  if (qlog_.is_on()) {
    qlog_.path_status_updated(trace_now_, path.id, QlogInitiator::local, status == PathStatus::backup);
  }
}

bool Connection::Impl::set_path_status(PathId id, PathStatus status) {
  PathState* path = find_path(id);
  if (path == nullptr || path->is_abandoned() || state != State::established) return false;
  // [quic.md 14] The only path of a connection without multipath has no status that could be told.
  if (!is_multipath) return false;
  // [quic.md §4.8] Only a change is told, with the next number.
  if (path->status != status) change_status(*path, status);
  return true;
}

bool Connection::Impl::set_path_idle_timeout(Instant now, PathId id, Duration timeout) {
  PathState* path = find_path(id);
  if (path == nullptr || path->is_abandoned() || close_reason.has_value()) return false;
  path->timeouts.idle = timeout;
  // [quic.md §4.11] Counts from now.
  if (path->idle_at) restart_path_idle(now, *path);
  return true;
}

bool Connection::Impl::set_path_keep_alive(Instant now, PathId id, Duration interval) {
  PathState* path = find_path(id);
  if (path == nullptr || path->is_abandoned() || close_reason.has_value()) return false;
  path->timeouts.keep_alive = interval;
  path->keep_alive_at.reset();
  if (interval > Duration::zero()) path->keep_alive_at = now + interval;
  return true;
}

void Connection::Impl::set_max_paths(std::uint32_t count) {
  // [quic.md §4.2] Raised at will, never lowered: the peer may have acted on what it was told.
  if (!is_multipath || count <= max_paths_) return;
  local_max_path_id_ += count - max_paths_;
  max_paths_ = count;
  is_max_path_id_pending_ = true;
  issue_cids_for_new_paths();
}

}  // namespace iroh::quic
