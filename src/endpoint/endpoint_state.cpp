// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/endpoint_state.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "endpoint/alpn.hpp"
#include "endpoint/direct_addresses.hpp"
#include "endpoint/public_types.hpp"
#include "endpoint/transport_config.hpp"
#include "iroh/endpoint/errors.hpp"

namespace iroh::endpoint {

EndpointState::EndpointState(Setup setup)
    : Driver(std::move(setup.driver)),
      secret_key_(std::move(setup.secret_key)),
      external_addrs_(std::move(setup.external_addrs)),
      has_datagrams_(setup.has_datagrams),
      alpns_(std::move(setup.alpns)) {
  for (const BoundSocket& bound : sockets()) bound_.push_back(bound.addr);
  update_direct_addrs();
}

// ---- Dialling

void EndpointState::connect(std::unique_ptr<Pending<Connection>> operation, const EndpointAddr& addr, std::string alpn,
                            ConnectOptions options) {
  const Lock lock(*this);
  const bool has_datagrams = has_datagrams_ && (!options.transport || options.transport->datagram_receive_buffer > 0);
  auto request = make_request(addr, std::move(alpn), std::move(options));
  if (!request) return fail(std::move(operation), request.error());
  const auto handle = core().connect(now(), *std::move(request));
  if (!handle) return fail(std::move(operation), to_public(handle.error()).error());
  ConnectionState& connection = add_connection(*handle, addr.id(), has_datagrams);
  operation->enable_cancellation(connection.weak_from_this(), next_operation_id());
  connection.set_connect_operation(std::move(operation));
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
                                               bool has_datagrams) {
  auto state = std::make_shared<ConnectionState>(ConnectionState::Setup{
      .driver = shared_from_this(),
      .handle = handle,
      .core = core().connection(handle),
      .remote = remote,
      .has_datagrams = has_datagrams,
  });
  if (remote) book_.add_connection(*remote, now());
  return *connections_.emplace(handle, std::move(state)).first->second;
}

void EndpointState::on_connection_ready(quic::ConnectionHandle handle) {
  const auto found = connections_.find(handle);
  IROH_ASSERT(found != connections_.end());
  ConnectionState& connection = *found->second;
  const bool was_known = connection.known_remote_id().has_value();
  if (connection.on_ready()) {
    const EndpointId& remote = connection.remote_id();
    if (!was_known) book_.add_connection(remote, now());
    const SocketAddr addr = connection.four_tuple().remote;
    book_.insert(remote, std::span(&addr, 1), now());
  }
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
    if (const auto handle = core().accept(now(), incoming.id, {})) add_connection(*handle, std::nullopt, false);
    return;
  }
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

void EndpointState::accept_incoming(std::unique_ptr<Pending<Connection>> operation, const quic::NewIncoming& incoming) {
  const Lock lock(*this);
  if (is_closing()) return fail(std::move(operation), EndpointError::closed);
  request_turn();
  const auto handle = core().accept(now(), incoming.id, alpns_);
  if (!handle) return fail(std::move(operation), to_public(handle.error()).error());
  ConnectionState& connection = add_connection(*handle, std::nullopt, has_datagrams_);
  operation->enable_cancellation(connection.weak_from_this(), next_operation_id());
  connection.set_connect_operation(std::move(operation));
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
