// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/cid/local_cids.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "quic/frame/connection_id_frames.hpp"
#include "quic/stream/write_frame.hpp"

namespace iroh::quic {

void LocalCids::set_handshake_cid(const ConnectionId& cid) {
  IROH_ASSERT(paths_.empty());
  is_empty_ = cid.empty();
  Path& path = find_or_add(path_zero);
  path.active.push_back({path.next_sequence++, cid, ResetToken{}});
}

void LocalCids::set_peer_limit(std::uint64_t limit) noexcept {
  limit_ = std::min<std::uint64_t>(limit, cids_per_path_max);
}

void LocalCids::issue_for(PathId id) {
  if (is_empty_) return;
  Path& path = find_or_add(id);
  path.active.reserve(limit_);
  while (!path.is_abandoned && path.active.size() < limit_) issue_one(path);
}

void LocalCids::issue_one(Path& path) {
  const CidIssuer::Issued issued = issuer_.issue(path.id);
  path.active.push_back({path.next_sequence, issued.cid, issued.token});
  enqueue({path.id, path.next_sequence++});
}

TransportResult<void> LocalCids::on_retire(PathId id, std::uint64_t sequence) {
  // [RFC 9000 §19.16] There is nothing to retire if we use empty ids.
  if (is_empty_) return transport_error(ErrorCode::protocol_violation, "retired a connection id, but none are in use");
  Path* path = find(id);
  if (path == nullptr) return {};  // [quic.md §3.5] unknown or drained path: ignored
  // [RFC 9000 §19.16], [quic.md §11] Also the next sequence number is one that was never issued.
  if (sequence >= path->next_sequence) {
    return transport_error(ErrorCode::protocol_violation, "retired a connection id that was not issued");
  }
  const auto at = std::ranges::find(path->active, sequence, &Cid::sequence);
  if (at == path->active.end()) return {};  // retired before
  issuer_.retire(at->cid);
  path->active.erase(at);
  std::erase(queue_, Queued{id, sequence});
  // [quic.md 44] A replacement, for open paths only.
  if (!path->is_abandoned && path->active.size() < limit_) issue_one(*path);
  return {};
}

void LocalCids::abandon(PathId id) {
  find_or_add(id).is_abandoned = true;
  drop_queued(id);
}

void LocalCids::forget(PathId id) {
  Path* path = find(id);
  if (path == nullptr) return;
  for (const Cid& cid : path->active) issuer_.retire(cid.cid);
  drop_queued(id);
  paths_.erase(paths_.begin() + (path - paths_.data()));
}

void LocalCids::forget_all() {
  for (const Path& path : paths_) {
    for (const Cid& cid : path.active) issuer_.retire(cid.cid);
  }
  paths_.clear();
  queue_.clear();
}

void LocalCids::write(PacketWriter& packet, bool is_multipath) {
  std::size_t done = 0;
  for (; done < queue_.size(); ++done) {
    const Queued& next = queue_[done];
    const Path* path = find(next.path);
    IROH_ASSERT(path != nullptr);
    const auto cid = std::ranges::find(path->active, next.sequence, &Cid::sequence);
    IROH_ASSERT(cid != path->active.end());
    const bool has_path = is_multipath || next.path != path_zero;
    const NewConnectionIdFrame frame{.path = has_path ? std::optional(next.path) : std::nullopt,
                                     .sequence = next.sequence,
                                     .retire_prior_to = 0,  // our ids have no lifetime [quic.md §4.3]
                                     .cid = cid->cid,
                                     .token = cid->token};
    const SentFrame record{.kind = SentFrame::Kind::new_connection_id, .path = next.path, .id = next.sequence};
    if (!write_frame(packet, frame, record, /*is_probing=*/true)) break;
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(done));
  if (queue_.empty()) queue_.shrink_to_fit();  // [performance.md §4] seldom used again
}

void LocalCids::on_lost(const SentFrame& frame) {
  // [quic.md §3.4] Same sequence, id and token; not for abandoned paths [quic.md 18], nor for what was retired
  // meanwhile.
  const Path* path = find(frame.path);
  if (path == nullptr || path->is_abandoned) return;
  if (std::ranges::find(path->active, frame.id, &Cid::sequence) == path->active.end()) return;
  enqueue({frame.path, frame.id});
}

std::size_t LocalCids::active_count(PathId id) const noexcept {
  const Path* path = find(id);
  return path == nullptr ? 0 : path->active.size();
}

std::optional<std::uint64_t> LocalCids::next_sequence(PathId id) const noexcept {
  const Path* path = find(id);
  return path == nullptr ? std::nullopt : std::optional(path->next_sequence);
}

LocalCids::Path* LocalCids::find(PathId id) noexcept {
  const auto at = std::ranges::lower_bound(paths_, id, {}, &Path::id);
  return at == paths_.end() || at->id != id ? nullptr : &*at;
}

const LocalCids::Path* LocalCids::find(PathId id) const noexcept {
  const auto at = std::ranges::lower_bound(paths_, id, {}, &Path::id);
  return at == paths_.end() || at->id != id ? nullptr : &*at;
}

LocalCids::Path& LocalCids::find_or_add(PathId id) {
  const auto at = std::ranges::lower_bound(paths_, id, {}, &Path::id);
  if (at != paths_.end() && at->id == id) return *at;
  return *paths_.insert(at, Path{.id = id, .active = {}});
}

void LocalCids::enqueue(Queued entry) {
  const auto at = std::ranges::lower_bound(queue_, entry);
  if (at == queue_.end() || *at != entry) queue_.insert(at, entry);
}

void LocalCids::drop_queued(PathId id) {
  std::erase_if(queue_, [id](const Queued& entry) { return entry.path == id; });
}

}  // namespace iroh::quic
