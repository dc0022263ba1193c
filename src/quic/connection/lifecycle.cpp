// SPDX-License-Identifier: MIT OR Apache-2.0
// The end of a connection: closing, draining, drained. [RFC 9000 §10], [quic.md §6.8]
#include <algorithm>

#include "quic/connection/impl.hpp"

namespace iroh::quic {

void Connection::Impl::close(Instant now, std::uint64_t code, std::string_view reason) {
  if (state != State::handshaking && state != State::established) return;
  is_close_application_ = true;
  enter_closing(now, {.kind = CloseReason::Kind::locally_closed, .code = code, .reason = std::string(reason)});
}

void Connection::Impl::fail(Instant now, const TransportError& error) {
  if (state != State::handshaking && state != State::established) return;
  is_close_application_ = false;
  enter_closing(now, {.kind = CloseReason::Kind::transport_error,
                      .code = static_cast<std::uint64_t>(error.code),
                      .frame_type = error.frame_type,
                      .reason = error.reason});
}

void Connection::Impl::enter_closing(Instant now, CloseReason reason) {
  // [RFC 9000 §10.2] Three times the probe timeout, [quic.md §4.11] of the slowest path.
  close_until_ = now + 3 * largest_pto();
  state = State::closing;
  is_close_pending_ = true;
  report_closed(std::move(reason));
}

void Connection::Impl::enter_draining(Instant now, CloseReason reason) {
  close_until_ = now + 3 * largest_pto();
  state = State::draining;
  report_closed(std::move(reason));
}

void Connection::Impl::end_silently(CloseReason reason) {
  state = State::drained;
  report_closed(std::move(reason));
}

void Connection::Impl::report_closed(CloseReason reason) {
  if (nat_) nat_->close();  // [quic.md 79]
  if (close_reason) return;
  close_reason = std::move(reason);
  if (qlog_.is_on()) qlog_.connection_closed(trace_now_, *close_reason);
  events_.push_back(Closed{*close_reason});
}

bool Connection::Impl::handle_stateless_reset(const ResetToken& token) {
  if (state == State::drained) return false;
  // [RFC 9000 §10.3.1] [quic.md §4.9] Only of ids that are in use. A late packet to an id that we have retired, or on a
  // path that we have abandoned, earns a reset of a connection that is well.
  const bool is_in_use = std::ranges::any_of(paths_, [&](const auto& path) {
    const ResetToken* active = path->is_abandoned() ? nullptr : remote_cids_.reset_token(path->id);
    return active != nullptr && *active == token;
  });
  if (!is_in_use) return false;
  // [RFC 9000 §10.3.1] [quic.md 89] Nothing is sent any more.
  end_silently({.kind = CloseReason::Kind::reset, .reason = "stateless reset"});
  return true;
}

}  // namespace iroh::quic
