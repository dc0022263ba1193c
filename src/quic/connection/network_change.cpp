// SPDX-License-Identifier: MIT OR Apache-2.0
// The operating system reports that interfaces or addresses have changed. [quic.md §4.13]
#include <algorithm>

#include "quic/connection/impl.hpp"

namespace iroh::quic {

void Connection::Impl::handle_network_change(Instant now, const IsRecoverable& is_recoverable) {
  if (state != State::handshaking && state != State::established) return;
  std::vector<PathId> broken;  // by id: replacing one opens and closes paths
  for (auto& path : paths_) {
    if (path->is_abandoned()) continue;
    // No judgement given: a client can open a path anew, a server cannot. Without multipath there is no other path.
    const bool recovers = !is_multipath || (is_recoverable ? is_recoverable(stats_of(*path)) : is_server());
    recovers ? recover_path(*path) : broken.push_back(path->id);
  }
  const bool all_broken = std::ranges::none_of(paths_, [&](const auto& path) {
    return !path->is_abandoned() && std::ranges::find(broken, path->id) == broken.end();
  });
  for (const PathId id : broken) replace_path(now, id, all_broken);
}

void Connection::Impl::recover_path(PathState& path) {
  path.four_tuple.local.reset();
  path.is_ping_pending = true;
  path.is_immediate_ack_pending = peer_parameters_.min_ack_delay_us.has_value();
  path.recovery.reset_pto_backoff();
  if (remote_cids_.rotate(path.id)) watch_active_token(path.id);
}

void Connection::Impl::replace_path(Instant now, PathId id, bool open_first) {
  constexpr auto code = static_cast<std::uint64_t>(ErrorCode::path_unstable_or_poor);
  PathState& path = *find_path(id);
  const FourTuple to{path.four_tuple.remote, std::nullopt};
  const PathStatus status = path.status;
  if (is_server()) {
    if (!close_path(id, code)) recover_path(path);
    return;
  }
  if (open_first) {
    if (!open_path(now, to, status, false)) return recover_path(path);
    (void)close_path(id, code);
    return;
  }
  if (!close_path(id, code)) return recover_path(path);
  (void)open_path(now, to, status, false);  // where it fails, the other paths have to do
}

}  // namespace iroh::quic
