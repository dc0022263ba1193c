// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/cid/remote_cids.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/try.hpp"
#include "quic/frame/connection_id_frames.hpp"
#include "quic/stream/write_frame.hpp"

namespace iroh::quic {

void RemoteCids::set_initial(const ConnectionId& cid) {
  is_empty_ = cid.empty();
  Path& path = find_or_add(path_zero);
  IROH_ASSERT(path.first_sequence == 0);
  path.window[0] = Cid{cid, std::nullopt};
}

void RemoteCids::set_initial_reset_token(const ResetToken& token) noexcept {
  Path* path = find(path_zero);
  if (path != nullptr && path->first_sequence == 0 && path->window[0]) path->window[0]->token = token;
}

TransportResult<std::optional<PathId>> RemoteCids::on_new_connection_id(const NewConnectionIdFrame& frame) {
  const PathId id = frame.path.value_or(path_zero);
  // [RFC 9000 §19.15]
  if (is_empty_) {
    return transport_error(ErrorCode::protocol_violation, "new connection id, but the sender uses empty ones");
  }
  if (abandoned_.contains(to_u32(id))) return std::nullopt;  // [quic.md §3.5] ignored
  Path& path = find_or_add(id);
  if (frame.sequence < path.first_sequence) {
    // [quic.md §3.5] Passed already: given back at once, within the limit of pending ones.
    IROH_TRY_VOID(retire(id, frame.sequence));
    return std::nullopt;
  }
  const std::uint64_t passed =
      frame.retire_prior_to > path.first_sequence ? frame.retire_prior_to - path.first_sequence : 0;
  // [quic.md 45], [RFC 9000 §5.1.1]
  if (frame.sequence - path.first_sequence >= window_size + passed) {
    return transport_error(ErrorCode::connection_id_limit_error, "more connection ids than the limit");
  }
  IROH_TRY_VOID(check_duplicate(id, frame));

  const std::optional<std::uint64_t> before = path.active_sequence();
  // [RFC 9000 §5.1.2] Known ids below Retire Prior To go at once, others when they arrive.
  for (std::size_t i = 0; i < std::min(passed, window_size); ++i) {
    if (path.window[i]) IROH_TRY_VOID(retire(id, path.first_sequence + i));
  }
  path.advance(passed);
  path.window[frame.sequence - path.first_sequence] = Cid{frame.cid, frame.token};
  return path.active_sequence() == before ? std::nullopt : std::optional(id);
}

/// [RFC 9000 §19.15] A repeated frame must be the same; one id cannot have two numbers.
TransportResult<void> RemoteCids::check_duplicate(PathId id, const NewConnectionIdFrame& frame) const {
  for (const Path& path : paths_) {
    for (std::size_t i = 0; i < window_size; ++i) {
      const std::optional<Cid>& known = path.window[i];
      if (!known) continue;
      const bool is_same_number = path.id == id && path.first_sequence + i == frame.sequence;
      const bool is_same_token = !known->token || *known->token == frame.token;
      if (is_same_number ? known->cid != frame.cid || !is_same_token : known->cid == frame.cid) {
        return transport_error(ErrorCode::protocol_violation, "connection id announced twice, differently");
      }
    }
  }
  return {};
}

TransportResult<void> RemoteCids::retire(PathId id, std::uint64_t sequence) {
  if (retirements_.size() >= pending_retirements_max) {
    return transport_error(ErrorCode::connection_id_limit_error, "too many connection ids to retire");
  }
  enqueue({id, sequence});
  return {};
}

void RemoteCids::enqueue(Retirement retirement) {
  if (std::ranges::find(retirements_, retirement) == retirements_.end()) retirements_.push_back(retirement);
}

std::optional<std::size_t> RemoteCids::Path::active_index() const noexcept {
  for (std::size_t i = 0; i < window_size; ++i) {
    if (window[i]) return i;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> RemoteCids::Path::active_sequence() const noexcept {
  const auto index = active_index();
  return index ? std::optional(first_sequence + *index) : std::nullopt;
}

void RemoteCids::Path::advance(std::uint64_t count) noexcept {
  const auto shift = static_cast<std::ptrdiff_t>(std::min(count, window_size));
  std::move(window.begin() + shift, window.end(), window.begin());
  std::fill(window.end() - shift, window.end(), std::nullopt);
  first_sequence += count;
}

const ConnectionId* RemoteCids::active(PathId id) const noexcept {
  const Cid* cid = active_cid(id);
  return cid == nullptr ? nullptr : &cid->cid;
}

const RemoteCids::Cid* RemoteCids::active_cid(PathId id) const noexcept {
  const Path* path = find(id);
  if (path == nullptr) return nullptr;
  const auto index = path->active_index();
  return index ? &*path->window[*index] : nullptr;
}

std::optional<std::uint64_t> RemoteCids::active_sequence(PathId id) const noexcept {
  const Path* path = find(id);
  return path == nullptr ? std::nullopt : path->active_sequence();
}

const ResetToken* RemoteCids::reset_token(PathId id) const noexcept {
  const Cid* cid = active_cid(id);
  return cid == nullptr || !cid->token ? nullptr : &*cid->token;
}

bool RemoteCids::has_spare(PathId id) const noexcept {
  const Path* path = find(id);
  return path != nullptr && std::ranges::count_if(path->window, [](const auto& cid) { return cid.has_value(); }) > 1;
}

bool RemoteCids::rotate(PathId id) {
  if (!has_spare(id)) return false;
  Path& path = *find(id);
  enqueue({id, *path.active_sequence()});
  path.advance(*path.active_index() + 1);
  return true;
}

void RemoteCids::abandon(PathId id) {
  abandoned_.insert(to_u32(id));
  std::erase_if(paths_, [id](const Path& path) { return path.id == id; });
  std::erase_if(retirements_, [id](const Retirement& retirement) { return retirement.path == id; });
}

void RemoteCids::write(PacketWriter& packet, bool is_multipath) {
  std::size_t done = 0;
  for (; done < retirements_.size(); ++done) {
    const Retirement& next = retirements_[done];
    const bool has_path = is_multipath || next.path != path_zero;
    const RetireConnectionIdFrame frame{has_path ? std::optional(next.path) : std::nullopt, next.sequence};
    const SentFrame record{.kind = SentFrame::Kind::retire_connection_id, .path = next.path, .id = next.sequence};
    if (!write_frame(packet, frame, record)) break;
  }
  retirements_.erase(retirements_.begin(), retirements_.begin() + static_cast<std::ptrdiff_t>(done));
}

void RemoteCids::on_lost(const SentFrame& frame) {
  if (!abandoned_.contains(to_u32(frame.path))) enqueue({frame.path, frame.id});
}

bool RemoteCids::matches_reset_token(ByteSpan last16) const noexcept {
  if (last16.size() != ResetToken{}.size()) return false;
  bool is_match = false;
  for (const Path& path : paths_) {
    const ResetToken* token = reset_token(path.id);
    if (token == nullptr) continue;
    std::byte difference{0};
    for (std::size_t i = 0; i < token->size(); ++i) difference |= (*token)[i] ^ last16[i];
    is_match |= difference == std::byte{0};
  }
  return is_match;
}

RemoteCids::Path* RemoteCids::find(PathId id) noexcept {
  const auto at = std::ranges::lower_bound(paths_, id, {}, &Path::id);
  return at == paths_.end() || at->id != id ? nullptr : &*at;
}

const RemoteCids::Path* RemoteCids::find(PathId id) const noexcept {
  const auto at = std::ranges::lower_bound(paths_, id, {}, &Path::id);
  return at == paths_.end() || at->id != id ? nullptr : &*at;
}

RemoteCids::Path& RemoteCids::find_or_add(PathId id) {
  const auto at = std::ranges::lower_bound(paths_, id, {}, &Path::id);
  if (at != paths_.end() && at->id == id) return *at;
  return *paths_.insert(at, Path{.id = id, .window = {}});
}

}  // namespace iroh::quic
