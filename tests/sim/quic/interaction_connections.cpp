// SPDX-License-Identifier: MIT OR Apache-2.0
// Interaction: dialling, which connection of the server belongs to which dial, and which ends are allowed.
#include "tests/sim/quic/interaction_impl.hpp"

namespace iroh::sim {

using quic::CloseReason;

void Interaction::dial() {
  if (models_.size() >= connections_max) return;
  const std::size_t number = models_.size();
  hosts_[0]->alpns = {"c" + std::to_string(number)};
  models_.emplace_back();
  sides_[0].emplace_back();
  sides_[1].emplace_back();
  sides_[0][number].handle = hosts_[0]->dial(*hosts_[1]);
}

quic::Connection* Interaction::connection(int side, std::size_t number) {
  const auto& handle = sides_[index(side)].at(number).handle;
  return handle ? hosts_[index(side)]->connection(*handle) : nullptr;
}

bool Interaction::is_alive(int side, std::size_t number) {
  Connection* one = connection(side, number);
  return one != nullptr && !one->is_closed();
}

bool Interaction::connected(std::size_t number) {
  for (int side = 0; side < 2; ++side) {
    const auto& handle = sides_[index(side)][number].handle;
    if (!handle || !hosts_[index(side)]->log(*handle).is_connected) return false;
  }
  return true;
}

bool Interaction::is_closed(int side, std::size_t number) {
  const auto& handle = sides_[index(side)][number].handle;
  return handle && hosts_[index(side)]->log(*handle).closed.has_value();
}

/// One of both ends is closed; a server that has not heard of the connection yet is not.
bool Interaction::is_over(std::size_t number) {
  return !is_alive(0, number) || (sides_[1][number].handle && !is_alive(1, number));
}

std::optional<std::size_t> Interaction::number_of(int side, ConnectionHandle handle) {
  for (std::size_t i = 0; i < sides_[index(side)].size(); ++i) {
    if (sides_[index(side)][i].handle == handle) return i;
  }
  return std::nullopt;
}

void Interaction::on_event(int side, ConnectionHandle handle, const quic::ConnectionEvent& event) {
  if (side == 1 && !number_of(1, handle)) adopt(handle);
  const auto number = number_of(side, handle);
  if (const auto* closed = std::get_if<quic::Closed>(&event)) check_close(side, number, closed->reason);
  if (!number) return;
  if (const auto* stream = std::get_if<StreamEvent>(&event)) on_stream_event(side, *number, *stream);
}

// The server's connection belongs to the dial whose ALPN it carries.
void Interaction::adopt(ConnectionHandle handle) {
  Connection* one = hosts_[1]->connection(handle);
  if (one == nullptr || one->alpn().size() != 2) return;
  const std::size_t number = static_cast<std::size_t>(one->alpn()[1] - '0');
  if (number >= sides_[1].size()) return fail("an ALPN that nobody offered");
  sides_[1][number].handle = handle;
}

/// No keep-alive comes well before the idle timeout, so that a quiet connection may end. The path idle timeout is no
/// matter here: it never closes the last path.
bool Interaction::may_fall_idle() const {
  base::Duration idle = std::min(plan_.client.max_idle_timeout, plan_.server.max_idle_timeout);
  const auto is_in_time = [&](const quic::TransportConfig& transport) {
    return transport.keep_alive_interval.count() > 0 && 2 * transport.keep_alive_interval < idle;
  };
  return !is_in_time(plan_.client) && !is_in_time(plan_.server);
}

// [quic.md §9.1-38] Whatever the network does, neither side may blame the other.
void Interaction::check_close(int side, std::optional<std::size_t> number, const CloseReason& reason) {
  // A server may hear of the close before it knows which connection it is.
  // Where one side has given up for a good reason, the other follows in its own way.
  const bool is_other_gone = number && is_closed(1 - side, *number);
  const bool is_called = number ? models_[*number].is_close_called
                                : std::ranges::any_of(models_, [](const Model& one) { return one.is_close_called; });
  bool is_fine = false;
  switch (reason.kind) {
    case CloseReason::Kind::locally_closed:
      is_fine = true;
      break;
    case CloseReason::Kind::application_closed:
      is_fine = is_called;
      break;
    case CloseReason::Kind::connection_closed:
      // Closes during the handshake hide the application's code. [quic.md §6.8]
      is_fine = is_called && (reason.code == 0 || reason.code == 0x0c);
      break;
    case CloseReason::Kind::timed_out:
      ++timed_out_;
      is_fine = is_other_gone || has_outage_ || plan_.link.loss > 0.02 || plan_.second_link.loss > 0.02 || is_called ||
                may_fall_idle();
      break;
    case CloseReason::Kind::reset:
      is_fine = has_outage_ || is_called || is_other_gone || may_fall_idle();
      break;
    case CloseReason::Kind::transport_error:
      is_fine = has_outage_ && reason.code == static_cast<std::uint64_t>(quic::ErrorCode::no_viable_path);
      break;
    default:
      break;
  }
  if (!is_fine) fail(std::string(side == 0 ? "client" : "server") + " closed: " + reason.to_string());
}

}  // namespace iroh::sim
