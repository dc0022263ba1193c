// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/endpoint/endpoint.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "quic/connection/parameters.hpp"
#include "quic/endpoint/slot.hpp"

namespace iroh::quic {
namespace {

/// [quic.md §1.2] The client's first destination id: 20 random bytes.
ConnectionId random_dcid(base::Random& random) {
  std::array<std::byte, ConnectionId::max_size> bytes{};
  random.fill(bytes);
  return ConnectionId(bytes);
}

}  // namespace

Endpoint::Endpoint(EndpointConfig config, std::shared_ptr<const tls::Identity> identity, base::Random& random)
    : config_(std::move(config)),
      identity_(std::move(identity)),
      random_(random),
      cid_generator_(random),
      token_keys_(random),
      tickets_(config_.max_tickets) {}

Endpoint::~Endpoint() = default;

std::size_t Endpoint::TokenHash::operator()(const ResetToken& token) const noexcept {
  std::size_t value = 0;  // tokens are outputs of a keyed hash: any eight bytes do
  std::memcpy(&value, token.data(), sizeof value);
  return value;
}

Endpoint::Slot* Endpoint::find(ConnectionHandle handle) noexcept {
  const auto found = connections_.find(handle);
  return found == connections_.end() ? nullptr : found->second.get();
}

Connection* Endpoint::connection(ConnectionHandle handle) noexcept {
  Slot* slot = find(handle);
  return slot == nullptr ? nullptr : slot->connection.get();
}

Connection::Parameters Endpoint::begin_connection(Instant now, Side side,
                                                  const std::optional<TransportConfig>& transport) {
  const ConnectionHandle handle{next_handle_++};
  connections_.emplace(handle, std::make_unique<Slot>());
  Connection::Parameters parameters;
  parameters.side = side;
  parameters.handle = handle;
  parameters.host = this;
  parameters.random = &random_;
  parameters.now = now;
  parameters.config = transport.value_or(config_.transport);
  parameters.local_cid = issue_cid(handle, path_zero, parameters.local_token);
  parameters.identity = identity_;
  parameters.key_log = config_.key_log;
  return parameters;
}

void Endpoint::begin_trace(Connection::Parameters& parameters) const {
  if (!config_.qlog) return;
  parameters.qlog = config_.qlog({.side = parameters.side,
                                  .remote = parameters.four_tuple.remote,
                                  .initial_dcid = parameters.original_dcid,
                                  .started = parameters.now});
}

std::expected<ConnectionHandle, CloseReason> Endpoint::connect(Instant now, ConnectRequest request) {
  Connection::Parameters parameters = begin_connection(now, Side::client, request.transport);
  const ConnectionHandle handle = parameters.handle;
  Slot& slot = *find(handle);
  parameters.four_tuple = request.first;
  parameters.every_known_address = request.every_known_address;
  parameters.original_dcid = random_dcid(random_);
  parameters.remote_cid = parameters.original_dcid;
  parameters.alpns = std::move(request.alpns);
  parameters.expected_remote = request.remote;
  parameters.ticket = tickets_.take(request.remote);
  parameters.token = tokens_.take(request.remote);
  begin_trace(parameters);
  slot.connection = std::make_unique<Connection>(std::move(parameters));
  after_input(handle, slot);
  return handle;
}

// ---- ConnectionHost

ConnectionId Endpoint::issue_cid(ConnectionHandle handle, PathId path, ResetToken& token) {
  Slot* slot = find(handle);
  IROH_ASSERT(slot != nullptr);
  ConnectionId cid = cid_generator_.generate(random_);
  while (routes_.contains(cid)) cid = cid_generator_.generate(random_);
  routes_.emplace(cid, Route{handle, path});
  slot->cids.push_back(cid);
  token = cid_generator_.reset_token(cid);
  return cid;
}

void Endpoint::retire_cid(const ConnectionId& cid) {
  const auto route = routes_.find(cid);
  if (route == routes_.end()) return;
  if (Slot* slot = find(route->second.connection)) std::erase(slot->cids, cid);
  routes_.erase(route);
}

void Endpoint::watch_reset_token(ConnectionHandle handle, const ResetToken& token) {
  // A connection uses one remote id per path, so this many tokens are live at most; older ones go.
  constexpr std::size_t tokens_max = 64;
  Slot* slot = find(handle);
  IROH_ASSERT(slot != nullptr);
  if (slot->tokens.size() >= tokens_max) {
    reset_tokens_.erase(slot->tokens.front());
    slot->tokens.erase(slot->tokens.begin());
  }
  slot->tokens.push_back(token);
  reset_tokens_.insert_or_assign(token, handle);
}

void Endpoint::keep_ticket(const EndpointId& server, SessionTicket ticket) {
  tickets_.add(server, std::move(ticket));
}

void Endpoint::keep_token(const EndpointId& server, ByteSpan token) {
  tokens_.add(server, token);
}

std::vector<std::byte> Endpoint::make_new_token(Instant now, const SocketAddr& client) {
  return token_keys_.make_new_token(now, client, random_);
}

// ---- scheduling

void Endpoint::wake(ConnectionHandle handle) {
  if (Slot* slot = find(handle)) after_input(handle, *slot);
}

void Endpoint::after_input(ConnectionHandle handle, Slot& slot) {
  if (slot.is_removed) return;
  if (slot.connection->is_drained()) return remove(handle, slot);
  if (!slot.is_in_transmit_queue) {
    slot.is_in_transmit_queue = true;
    transmit_queue_.push_back(handle);
  }
  announce_events(handle, slot);
  schedule(handle, slot);
}

void Endpoint::announce_events(ConnectionHandle handle, Slot& slot) {
  if (!slot.connection->has_events() || slot.is_ready_queued) return;
  slot.is_ready_queued = true;
  events_.push_back(ConnectionReady{handle});
}

/// Only a deadline that moved earlier needs a new heap entry; one that moved later is found out when the entry is due.
void Endpoint::schedule(ConnectionHandle handle, Slot& slot) {
  const auto deadline = slot.connection->poll_timeout();
  if (!deadline || (slot.scheduled && *slot.scheduled <= *deadline)) return;
  slot.scheduled = deadline;
  deadlines_.push_back({*deadline, handle});
  std::ranges::push_heap(deadlines_, std::greater{}, &Deadline::at);
}

void Endpoint::remove(ConnectionHandle handle, Slot& slot) {
  slot.is_removed = true;
  for (const ConnectionId& cid : slot.cids) routes_.erase(cid);
  for (const ResetToken& token : slot.tokens) reset_tokens_.erase(token);
  // The application still has to hear of the end: the object stays until ConnectionDrained is polled.
  announce_events(handle, slot);
  slot.cids.clear();
  slot.tokens.clear();
  events_.push_back(ConnectionDrained{handle});
}

void Endpoint::handle_timeout(Instant now) {
  // Taken out first: what is scheduled meanwhile has its turn later, whatever its time. One connection cannot hold up
  // the others.
  due_.clear();
  while (!deadlines_.empty() && deadlines_.front().at <= now) {
    std::ranges::pop_heap(deadlines_, std::greater{}, &Deadline::at);
    due_.push_back(deadlines_.back());
    deadlines_.pop_back();
  }
  for (const Deadline& due : due_) {
    Slot* slot = find(due.connection);
    if (slot == nullptr || slot->scheduled != due.at) continue;  // gone, or replaced by an earlier entry
    slot->scheduled.reset();
    const auto deadline = slot->connection->poll_timeout();
    if (!deadline) continue;
    if (*deadline <= now) slot->connection->handle_timeout(now);
    after_input(due.connection, *slot);
  }
}

std::optional<Instant> Endpoint::poll_timeout() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.front().at;
}

std::optional<EndpointEvent> Endpoint::poll_event() {
  if (events_.empty()) return std::nullopt;
  EndpointEvent event = events_.front();
  events_.pop_front();
  if (const auto* ready = std::get_if<ConnectionReady>(&event)) {
    if (Slot* slot = find(ready->connection)) slot->is_ready_queued = false;
  }
  if (const auto* drained = std::get_if<ConnectionDrained>(&event)) connections_.erase(drained->connection);
  return event;
}

std::optional<Transmit> Endpoint::poll_transmit(Instant now, MutableByteSpan buffer) {
  if (!replies_.empty()) {
    Reply reply = std::move(replies_.front());
    replies_.pop_front();
    std::ranges::copy(reply.datagram, buffer.begin());
    return Transmit{
        .four_tuple = reply.four_tuple, .size = reply.datagram.size(), .segment_size = reply.datagram.size()};
  }
  while (!transmit_queue_.empty()) {
    const ConnectionHandle handle = transmit_queue_.front();
    transmit_queue_.pop_front();
    Slot* slot = find(handle);
    if (slot == nullptr || slot->is_removed) continue;
    slot->is_in_transmit_queue = false;
    auto transmit = slot->connection->poll_transmit(now, buffer);
    if (transmit) {
      // To the back of the queue: connections take turns, a train each.
      transmit->connection = handle;
      slot->is_in_transmit_queue = true;
      transmit_queue_.push_back(handle);
      return transmit;
    }
    if (slot->connection->is_drained()) {
      remove(handle, *slot);
    } else {
      schedule(handle, *slot);
      announce_events(handle, *slot);
    }
  }
  return std::nullopt;
}

}  // namespace iroh::quic
