// SPDX-License-Identifier: MIT OR Apache-2.0
// Deadlines of the parts merged into one, and its expiry handed out again. [quic.md §4.11]
#include <algorithm>

#include "base/assert.hpp"
#include "quic/connection/impl.hpp"

namespace iroh::quic {
namespace {

void take_earlier(std::optional<Instant>& earliest, const std::optional<Instant>& candidate) {
  if (candidate && (!earliest || *candidate < *earliest)) earliest = candidate;
}

bool is_due(const std::optional<Instant>& deadline, Instant now) {
  return deadline && *deadline <= now;
}

}  // namespace

std::optional<Duration> Connection::Impl::idle_timeout() const noexcept {
  // [RFC 9000 §10.1] The minimum of both sides; 0 means none. A peer may name any number of milliseconds up to 2^62:
  // more than ten years are ten years, and fit a Duration.
  constexpr std::uint64_t timeout_ms_max = 10ull * 365 * 24 * 3600 * 1000;
  const auto peer_ms = std::min(peer_parameters_.max_idle_timeout_ms, timeout_ms_max);
  std::optional<Duration> timeout;
  for (const Duration candidate : {config().max_idle_timeout, Duration(base::milliseconds(peer_ms))}) {
    if (candidate > Duration::zero()) timeout = timeout ? std::min(*timeout, candidate) : candidate;
  }
  return timeout;
}

std::optional<Instant> Connection::Impl::poll_timeout() const {
  if (state == State::drained) return std::nullopt;
  if (state == State::closing || state == State::draining) return close_until_;
  std::optional<Instant> earliest = idle_at_;
  take_earlier(earliest, keep_alive_at_);
  if (one_rtt_) take_earlier(earliest, one_rtt_->discard_deadline());
  for (const HandshakeSpace& space : handshake_spaces_) {
    if (!space.is_discarded) take_earlier(earliest, space.acks.deadline());
  }
  for (const auto& path : paths_) {
    take_earlier(earliest, path->recovery.deadline(pto_context(*path)));
    take_earlier(earliest, path->acks.deadline());
    take_earlier(earliest, path->validator.deadline());
    take_earlier(earliest, path->pacing_at);
    take_earlier(earliest, path->idle_at);
    take_earlier(earliest, path->keep_alive_at);
    if (is_confirmed_ && path->is_validated) take_earlier(earliest, path->mtu.deadline());
    if (path->abandon) take_earlier(earliest, path->abandon->drained_at);
    if (path->previous) take_earlier(earliest, path->previous->revert_at);
  }
  take_earlier(earliest, no_path_until_);
  if (nat_) take_earlier(earliest, nat_->deadline());
  return earliest;
}

void Connection::Impl::handle_timeout(Instant now) {
  if (state == State::drained) return;
  trace_now_ = now;
  if (state == State::closing || state == State::draining) {
    if (is_due(close_until_, now)) state = State::drained;
    return;
  }
  // [quic.md 89] Silent: the peer has either done the same or is gone.
  if (is_due(idle_at_, now)) return end_silently({.kind = CloseReason::Kind::timed_out, .reason = "idle timeout"});
  if (is_due(no_path_until_, now)) {
    // [quic.md 60] No path is left that could carry a close frame.
    return end_silently({.kind = CloseReason::Kind::transport_error,
                         .code = static_cast<std::uint64_t>(ErrorCode::no_viable_path),
                         .reason = "the peer abandoned the last path"});
  }
  if (is_due(keep_alive_at_, now)) {
    keep_alive_at_.reset();
    for (auto& path : paths_) path->is_ping_pending = !path->is_abandoned();
  }
  release_tls_when_due(now);
  if (one_rtt_) one_rtt_->on_timeout(now);
  for (HandshakeSpace& space : handshake_spaces_) space.acks.on_timeout(now);
  for (auto& path : paths_) handle_path_timeout(now, *path);
  drain_paths(now);
  if (nat_) nat_->on_timeout(now);
  // What is due now waits for poll_transmit(), not for the clock: a caller may loop until no deadline is due.
  IROH_DCHECK(!is_due(poll_timeout(), now));
}

void Connection::Impl::handle_path_timeout(Instant now, PathState& path) {
  path.acks.on_timeout(now);
  if (is_due(path.pacing_at, now)) path.pacing_at.reset();
  if (is_due(path.keep_alive_at, now)) {
    path.keep_alive_at.reset();
    path.is_ping_pending = !path.is_abandoned();
  }
  // Twice at most: the loss timer hides a probe timeout that may be due as well, and probes that wait stop both.
  while (is_due(path.recovery.deadline(pto_context(path)), now)) {
    path.recovery.on_timeout(now, pto_context(path), recovery_output_);
    apply(now, path, SpaceId::data);
  }
  path.validator.on_timeout(now);
  path.mtu.on_timeout(now);
  if (path.previous && path.previous->revert_at <= now) {
    path.four_tuple = path.previous->four_tuple;
    path.previous.reset();
    path.validator.stop();
    path.is_validated = true;
    path.amplification.lift();
  }
  if (is_due(path.idle_at, now)) {
    path.idle_at.reset();
    // [quic.md §4.10] On the last path the timer has no effect: the connection's idle timeout governs.
    (void)close_path(path.id, static_cast<std::uint64_t>(ErrorCode::path_unstable_or_poor));
  }
}

void Connection::Impl::on_packet_received_timers(Instant now, PathState& path) {
  // [RFC 9000 §10.1] [quic.md §4.11] Restarted by each authenticated packet.
  may_restart_idle_ = true;
  path.may_restart_idle = true;
  restart_idle(now, path);
}

void Connection::Impl::on_eliciting_sent_timers(Instant now, PathState& path) {
  // [RFC 9000 §10.1] And by the first ack-eliciting packet sent after one was received.
  if (may_restart_idle_) restart_connection_idle(now);
  if (path.may_restart_idle) restart_path_idle(now, path);
  may_restart_idle_ = false;
  path.may_restart_idle = false;
}

void Connection::Impl::restart_idle(Instant now, PathState& path) {
  restart_connection_idle(now);
  restart_path_idle(now, path);
}

void Connection::Impl::restart_connection_idle(Instant now) {
  if (const auto timeout = idle_timeout()) idle_at_ = now + std::max(*timeout, 3 * largest_pto());
  if (is_confirmed_ && config().keep_alive_interval > Duration::zero()) {
    keep_alive_at_ = now + config().keep_alive_interval;
  }
}

void Connection::Impl::restart_path_idle(Instant now, PathState& path) {
  // [quic.md 66] Only with multipath in force.
  if (!is_multipath || path.is_abandoned()) return;
  if (path.timeouts.idle > Duration::zero()) {
    path.idle_at = now + std::max(path.timeouts.idle, 3 * path.recovery.pto(SpaceId::data, pto_context(path)));
  }
  if (path.timeouts.keep_alive > Duration::zero()) path.keep_alive_at = now + path.timeouts.keep_alive;
}

}  // namespace iroh::quic
