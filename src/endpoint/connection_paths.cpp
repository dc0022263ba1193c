// SPDX-License-Identifier: MIT OR Apache-2.0
// ConnectionState: its paths, and who listens to them. [endpoint.md §3.8]
#include <algorithm>

#include "endpoint/connection_state.hpp"
#include "endpoint/public_types.hpp"

namespace iroh::endpoint {

std::vector<Path> ConnectionState::paths() {
  const Driver::Lock lock(*driver_);
  update_selected_path();
  return paths_locked();
}

std::vector<Path> ConnectionState::paths_locked() const {
  std::vector<Path> result;
  if (is_finished()) return result;
  for (const quic::PathStats& path : core_->paths()) {
    if (std::ranges::find(open_paths_, path.id, &OpenPath::id) == open_paths_.end()) continue;
    result.push_back(to_public(path));
    result.back().is_selected = path.id == selected_path_;
  }
  return result;
}

std::optional<Path> ConnectionState::find_path(quic::PathId path) const {
  if (core_ == nullptr) return std::nullopt;
  const auto paths = core_->paths();
  const auto found = std::ranges::find(paths, path, &quic::PathStats::id);
  if (found == paths.end()) return std::nullopt;
  return to_public(*found);
}

// ---- Changes

void ConnectionState::on_path_opened(quic::PathId id) {
  const auto path = find_path(id);
  if (!path || std::ranges::find(open_paths_, id, &OpenPath::id) != open_paths_.end()) return;
  const SocketAddr remote = *path->remote_addr.ip();
  const auto at = std::ranges::upper_bound(open_paths_, id, {}, &OpenPath::id);
  open_paths_.insert(at, {.id = id, .remote = remote});
  owner_.on_path_opened(*this, remote);
  notify(PathEvent::Kind::opened, *path);
  update_selected_path();
}

void ConnectionState::on_path_closed(quic::PathId id) {
  const auto open = std::ranges::find(open_paths_, id, &OpenPath::id);
  if (open == open_paths_.end()) return;  // it never was
  const SocketAddr remote = open->remote;
  open_paths_.erase(open);
  Path path{.id = quic::to_u32(id), .remote_addr = remote};
  path = find_path(id).value_or(path);
  // [endpoint.md §3.8] From here to the next selection no path is the selected one.
  if (selected_path_ == id) selected_path_.reset();
  owner_.on_path_closed(*this, remote);
  notify(PathEvent::Kind::closed, path);
  update_selected_path();
}

/// [endpoint.md 32] The end of the connection closes each open path once; then the streams of events end.
void ConnectionState::close_paths() {
  const auto paths = core_->paths();
  selected_path_.reset();
  for (const OpenPath& open : std::exchange(open_paths_, {})) {
    Path path{.id = quic::to_u32(open.id), .remote_addr = open.remote};
    if (const auto found = std::ranges::find(paths, open.id, &quic::PathStats::id); found != paths.end()) {
      path = to_public(*found);
    }
    owner_.on_path_closed(*this, open.remote);
    notify(PathEvent::Kind::closed, path);
  }
  for (const auto& entry : std::exchange(path_events_, {})) {
    if (const auto queue = entry.lock()) queue->end();
  }
  for (const auto& entry : std::exchange(path_watches_, {})) {
    if (const auto watch = entry.lock()) watch->end();
  }
}

/// The core chooses where data leaves, by status and round-trip time; it does not tell when that changes.
void ConnectionState::update_selected_path() {
  if (core_ == nullptr || open_paths_.empty()) return;
  for (const quic::PathStats& path : core_->paths()) {
    // It has not chosen yet when the first path opens; that one it will be.
    const bool is_only = open_paths_.size() == 1 && open_paths_.front().id == path.id;
    if (!path.carries_data && !is_only) continue;
    if (std::ranges::find(open_paths_, path.id, &OpenPath::id) == open_paths_.end()) continue;
    if (selected_path_ == path.id) return;
    selected_path_ = path.id;
    return notify(PathEvent::Kind::selected, to_public(path));
  }
}

// ---- Listeners

void ConnectionState::subscribe(const std::shared_ptr<PathEventQueue>& queue) {
  const Driver::Lock lock(*driver_);
  if (is_finished()) return queue->end();
  std::erase_if(path_events_, [](const auto& entry) { return entry.expired(); });
  path_events_.push_back(queue);
}

void ConnectionState::subscribe(const std::shared_ptr<PathListWatch>& watch) {
  const Driver::Lock lock(*driver_);
  if (is_finished()) return watch->end();
  std::erase_if(path_watches_, [](const auto& entry) { return entry.expired(); });
  path_watches_.push_back(watch);
}

void ConnectionState::notify(PathEvent::Kind kind, const Path& path) {
  for (const auto& entry : path_events_) {
    const auto queue = entry.lock();
    if (queue == nullptr) continue;
    PathEvent event{.kind = kind, .id = path.id, .remote_addr = path.remote_addr, .local_addr = path.local_addr};
    if (kind == PathEvent::Kind::closed) event.last_stats = path.stats;
    queue->push(event);
  }
  on_path_list_changed();
}

void ConnectionState::on_path_list_changed() {
  for (const auto& entry : path_watches_) {
    if (const auto watch = entry.lock()) watch->on_changed();
  }
}

}  // namespace iroh::endpoint
