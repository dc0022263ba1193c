// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/endpoint_state.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.hpp"
#include "endpoint/alpn.hpp"
#include "endpoint/direct_addresses.hpp"
#include "endpoint/incoming_filter.hpp"
#include "endpoint/public_types.hpp"
#include "endpoint/transport_config.hpp"
#include "iroh/endpoint/errors.hpp"

namespace iroh::endpoint {

EndpointState::EndpointState(Setup setup)
    : Driver(std::move(setup.driver)),
      secret_key_(std::move(setup.secret_key)),
      external_addrs_(std::move(setup.external_addrs)),
      transport_(std::move(setup.transport)),
      incoming_filter_(setup.incoming_filter ? std::make_shared<const IncomingFilter>(std::move(setup.incoming_filter))
                                             : nullptr),
      hooks_(setup.hooks.empty() ? nullptr : std::make_shared<const HookList>(std::move(setup.hooks))),
      alpns_(std::move(setup.alpns)) {
  for (const BoundSocket& bound : sockets()) bound_.push_back(bound.addr);
  update_direct_addrs();
}

// ---- Dialling

void EndpointState::connect(std::unique_ptr<Pending<Connection>> operation, EndpointAddr addr, std::string alpn,
                            ConnectOptions options, bool is_early) {
  Dial dial{.addr = std::move(addr), .alpn = std::move(alpn), .options = std::move(options), .is_early = is_early};
  const Lock lock(*this);
  if (hooks_ == nullptr || is_closing()) return connect_locked(std::move(operation), std::move(dial));
  const std::uint64_t id = operation->id();
  dialling_.push(std::move(operation));
  run_unlocked(ask_hooks(self(), id, std::move(dial)));
}

/// [endpoint.md 27] Hooks are asked before anything else about the dial is checked.
Task<> EndpointState::ask_hooks(std::shared_ptr<EndpointState> self, std::uint64_t operation, Dial dial) {
  const auto hooks = self->hooks();
  const ConnectVerdict verdict = co_await run_before_connect(*hooks, dial.addr, dial.alpn);
  const Lock lock(*self);
  auto waiting = self->dialling_.take(operation);
  if (waiting == nullptr) co_return;  // cancelled
  if (verdict == ConnectVerdict::reject) {
    self->fail(std::move(waiting), EndpointError::locally_rejected);
  } else {
    self->connect_locked(std::move(waiting), std::move(dial));
  }
}

void EndpointState::connect_locked(std::unique_ptr<Pending<Connection>> operation, Dial dial) {
  const EndpointId remote = dial.addr.id();
  const bool is_early = dial.is_early;
  const TransportOptions transport = dial.options.transport.value_or(transport_);
  auto request = make_request(dial.addr, std::move(dial.alpn), std::move(dial.options));
  if (!request) return fail(std::move(operation), request.error());
  const auto handle = core().connect(now(), *std::move(request));
  if (!handle) return fail(std::move(operation), to_public(handle.error()).error());
  ConnectionState& connection = add_connection(*handle, remote, transport);
  connection.set_connect_operation(std::move(operation));
  // [endpoint.md 21] Only with a usable ticket.
  if (is_early && core().connection(*handle)->early_data() == quic::EarlyData::offered) connection.give_out_early();
  request_turn();
}

/// [endpoint.md 27] The order of the checks is part of the interface.
Result<quic::ConnectRequest> EndpointState::make_request(const EndpointAddr& addr, std::string alpn,
                                                         ConnectOptions options) {
  const auto refuse = [](EndpointError error) { return std::unexpected(make_error_code(error)); };
  if (is_closing()) return refuse(EndpointError::closed);
  if (addr.id() == id()) return refuse(EndpointError::self_connect);
  quic::ConnectRequest request{
      .remote = addr.id(), .first = {}, .every_known_address = true, .alpns = {}, .transport = {}};
  request.alpns.push_back(std::move(alpn));
  std::ranges::move(options.additional_alpns, std::back_inserter(request.alpns));
  if (!std::ranges::all_of(request.alpns, is_valid_alpn)) return refuse(EndpointError::invalid_alpn);
  std::vector<SocketAddr> addrs;
  std::ranges::copy(addr.ip_addrs(), std::back_inserter(addrs));
  book_.insert(addr.id(), addrs, now());
  const auto targets = dialable_addresses(addr.id());
  if (targets.empty()) return refuse(EndpointError::no_address);  // [endpoint.md 28]
  request.first = {.remote = targets.front(), .local = std::nullopt};
  if (options.transport) {
    auto config = make_transport_config(*options.transport, sockets());
    if (!config) return std::unexpected(config.error());
    request.transport = *std::move(config);
  }
  return request;
}

/// [endpoint.md §5.4] All known addresses but our own.
std::vector<SocketAddr> EndpointState::dialable_addresses(const EndpointId& remote) const {
  std::vector<SocketAddr> result;
  std::ranges::copy_if(book_.addresses(remote), std::back_inserter(result), [&](const SocketAddr& addr) {
    return std::ranges::find(direct_addrs_, addr) == direct_addrs_.end();
  });
  return result;
}

std::span<const SocketAddr> EndpointState::known_addresses(quic::ConnectionHandle connection) {
  targets_.clear();
  const auto found = connections_.find(connection);
  if (found != connections_.end() && found->second->known_remote_id()) {
    targets_ = dialable_addresses(*found->second->known_remote_id());
  }
  if (targets_.empty()) base::log(base::LogLevel::warn, "endpoint", "no address left to send a first packet to");
  return targets_;
}

// ---- Connections

ConnectionState& EndpointState::add_connection(quic::ConnectionHandle handle, std::optional<EndpointId> remote,
                                               const TransportOptions& transport) {
  auto state = std::make_shared<ConnectionState>(ConnectionState::Setup{
      .driver = shared_from_this(),
      .owner = this,
      .handle = handle,
      .core = core().connection(handle),
      .remote = remote,
      .has_datagrams = transport.datagram_receive_buffer > 0,
      .datagram_send_buffer = transport.datagram_send_buffer,
  });
  if (remote) book_.add_connection(*remote, now());
  return *connections_.emplace(handle, std::move(state)).first->second;
}

void EndpointState::on_connection_ready(quic::ConnectionHandle handle) {
  const auto found = connections_.find(handle);
  IROH_ASSERT(found != connections_.end());
  ConnectionState& connection = *found->second;
  connection.on_ready();
  if (!connection.is_finished()) return;
  // What the core has to say beyond the end concerns nobody.
  quic::Connection* ended = core().connection(handle);
  while (ended != nullptr && ended->poll_event()) continue;
}

void EndpointState::on_connection_drained(quic::ConnectionHandle handle) {
  const auto found = connections_.find(handle);
  if (found == connections_.end()) return;
  const auto connection = std::move(found->second);
  connections_.erase(found);
  IROH_ASSERT(connection->is_finished());
  if (const auto& remote = connection->known_remote_id()) book_.remove_connection(*remote, now());
}

// ---- Accepting

void EndpointState::on_incoming(const quic::NewIncoming& incoming) {
  if (is_closing()) return core().refuse(now(), incoming.id);
  if (alpns_.empty()) {
    // [endpoint.md §3.1] Without protocols every client is told so, by TLS, and nobody else hears of it.
    if (const auto handle = core().accept(now(), incoming.id, {})) add_connection(*handle, std::nullopt, transport_);
    return;
  }
  if (incoming_filter_ == nullptr) return deliver(incoming);
  finish(std::make_unique<FilterOperation>(incoming_filter_, std::make_shared<IncomingHandle>(self(), incoming)));
}

void EndpointState::offer_incoming(const quic::NewIncoming& incoming) {
  const Lock lock(*this);
  if (is_stopped()) return;
  request_turn();  // to wake the core, should it be refused
  if (is_closing()) return core().refuse(now(), incoming.id);
  deliver(incoming);
}

void EndpointState::deliver(const quic::NewIncoming& incoming) {
  if (accepting_.empty()) return incoming_.push_back(incoming);
  auto operation = accepting_.pop();
  operation->complete({}, Internals::make(std::make_shared<IncomingHandle>(self(), incoming)));
  finish(std::move(operation));
}

void EndpointState::accept(std::unique_ptr<Pending<Incoming>> operation) {
  const Lock lock(*this);
  if (is_closing()) {
    operation->complete({}, Incoming());
    return finish(std::move(operation));
  }
  if (incoming_.empty()) return accepting_.push(std::move(operation));
  operation->complete({}, Internals::make(std::make_shared<IncomingHandle>(self(), incoming_.front())));
  incoming_.pop_front();
  finish(std::move(operation));
}

void EndpointState::accept_incoming(std::unique_ptr<Pending<Connection>> operation, const quic::NewIncoming& incoming,
                                    AcceptOptions options, bool is_early) {
  const Lock lock(*this);
  if (is_closing()) return fail(std::move(operation), EndpointError::closed);
  request_turn();
  std::optional<quic::TransportConfig> config;
  if (options.transport) {
    auto made = make_transport_config(*options.transport, sockets());
    if (!made || (options.alpns && !std::ranges::all_of(*options.alpns, is_valid_alpn))) {
      core().refuse(now(), incoming.id);
      return fail(std::move(operation), made ? make_error_code(EndpointError::invalid_alpn) : made.error());
    }
    config = *std::move(made);
  }
  const auto handle = core().accept(now(), incoming.id, options.alpns.value_or(alpns_), config);
  if (!handle) return fail(std::move(operation), to_public(handle.error()).error());
  ConnectionState& connection = add_connection(*handle, std::nullopt, options.transport.value_or(transport_));
  operation->enable_cancellation(connection.weak_from_this(), next_operation_id());
  connection.set_connect_operation(std::move(operation));
  if (is_early) connection.give_out_early();
}

bool EndpointState::retry_incoming(const quic::NewIncoming& incoming) {
  const Lock lock(*this);
  if (is_stopped()) return true;
  if (!core().retry(now(), incoming.id)) return false;
  request_turn();
  return true;
}

void EndpointState::refuse_incoming(const quic::NewIncoming& incoming) {
  const Lock lock(*this);
  if (is_stopped()) return;
  core().refuse(now(), incoming.id);
  request_turn();
}

void EndpointState::ignore_incoming(const quic::NewIncoming& incoming) {
  const Lock lock(*this);
  if (!is_stopped()) core().ignore(incoming.id);
}

Result<void> EndpointState::set_alpns(std::vector<std::string> alpns) {
  const Lock lock(*this);
  if (is_closing()) return std::unexpected(make_error_code(EndpointError::closed));
  if (!std::ranges::all_of(alpns, is_valid_alpn)) return std::unexpected(make_error_code(EndpointError::invalid_alpn));
  alpns_ = std::move(alpns);
  return {};
}

// ---- What connections tell

void EndpointState::on_connected(ConnectionState& connection) {
  ++counts().num_conns_opened;
  // A client's dial has counted since it began.
  if (connection.side() == quic::Side::server) book_.add_connection(connection.remote_id(), now());
}

void EndpointState::on_path_opened(ConnectionState& connection, const SocketAddr& remote) {
  ++counts().paths_direct;
  ++counts().transport_ip_paths_added;
  if (connection.count_as_direct()) ++counts().num_conns_direct;
  book_.open_path(connection.remote_id(), remote, now());
}

void EndpointState::on_path_closed(ConnectionState& connection, const SocketAddr& remote) {
  if (book_.close_path(connection.remote_id(), remote)) ++counts().transport_ip_paths_removed;
}

/// [endpoint.md §3.4] The last step before the application gets the connection, or hears that its handshake is
/// complete.
void EndpointState::give_out(ConnectionState& connection) {
  if (hooks_ == nullptr) return connection.complete_handshake();
  // Without a handle the connection is being dropped.
  if (auto handle = connection.handle()) run_unlocked(ask_hooks(self(), std::move(handle)));
}

/// Posted: a coroutine that is spawned where its executor runs starts at once, and here the lock is held.
void EndpointState::run_unlocked(Task<> task) {
  asio::post(executor(), [executor = executor(), task = std::move(task)]() mutable {
    asio::co_spawn(executor, std::move(task), asio::detached);
  });
}

Task<> EndpointState::ask_hooks(std::shared_ptr<EndpointState> self, std::shared_ptr<ConnectionHandle> connection) {
  const auto hooks = self->hooks();
  ConnectionState& state = *connection->state();
  ConnectionInfo info{.remote_id = state.remote_id(), .alpn = state.alpn()};
  info.side = state.side() == quic::Side::client ? Side::client : Side::server;
  info.paths = state.paths();
  info.connection = Internals::make(connection).weak_handle();
  const HandshakeVerdict verdict = co_await run_after_handshake(*hooks, info);
  const Lock lock(*self);
  // [endpoint.md §3.4] A connection that was lost meanwhile fails as such.
  if (state.is_finished()) co_return;
  if (verdict.is_accepted) {
    state.complete_handshake();
  } else {
    state.reject(verdict.code, verdict.reason);  // [endpoint.md 33]
  }
}

void EndpointState::on_finished(ConnectionState& connection) {
  if (connection.was_connected()) ++counts().num_conns_closed;
}

std::shared_ptr<const HookList> EndpointState::hooks() {
  const Lock lock(*this);
  return hooks_ != nullptr ? hooks_ : std::make_shared<const HookList>();
}

EndpointMetrics EndpointState::metrics() {
  const Lock lock(*this);
  EndpointMetrics result{.socket = counts()};
  // [observability.md 6] The payload of datagrams, as the sockets count it.
  const SocketIo::Traffic traffic = this->traffic();
  result.socket.send_ipv4 = traffic.sent_ipv4;
  result.socket.send_ipv6 = traffic.sent_ipv6;
  result.socket.recv_data_ipv4 = traffic.received_ipv4;
  result.socket.recv_data_ipv6 = traffic.received_ipv6;
  result.socket.recv_datagrams = traffic.received_datagrams;
  result.socket.recv_gro_datagrams = traffic.received_trains;
  return result;
}

std::optional<RemoteInfo> EndpointState::remote_info(const EndpointId& remote) {
  const Lock lock(*this);
  const auto known = book_.find(remote);
  if (!known) return std::nullopt;
  RemoteInfo result{.id = remote, .addrs = {}};
  for (const AddressBook::Known& entry : *known) {
    result.addrs.push_back({.addr = entry.addr, .is_active = entry.open_paths > 0});
  }
  return result;
}

// ---- Addresses

void EndpointState::update_direct_addrs() {
  direct_addrs_ = direct_addresses(bound_, platform().interface_addresses(), external_addrs_);
}

EndpointAddr EndpointState::addr() {
  const Lock lock(*this);
  if (!is_stopped()) update_direct_addrs();
  EndpointAddr result(id());
  for (const SocketAddr& addr : direct_addrs_) result.insert(addr);
  return result;
}

}  // namespace iroh::endpoint
