// SPDX-License-Identifier: MIT OR Apache-2.0
// The public endpoint and incoming handles.
#include "iroh/endpoint/endpoint.hpp"

#include "base/assert.hpp"
#include "endpoint/connection_state.hpp"
#include "endpoint/empty_handle.hpp"
#include "endpoint/endpoint_state.hpp"
#include "endpoint/recv_state.hpp"
#include "endpoint/send_state.hpp"

namespace iroh {

using endpoint::EndpointState;
using endpoint::fail_empty;
using endpoint::Pending;

// ---- Endpoint

const EndpointId& Endpoint::id() const noexcept {
  IROH_ASSERT(handle_ != nullptr);
  return handle_->state().id();
}

const SecretKey& Endpoint::secret_key() const noexcept {
  IROH_ASSERT(handle_ != nullptr);
  return handle_->state().secret_key();
}

boost::asio::any_io_executor Endpoint::executor() const {
  return handle_ == nullptr ? boost::asio::any_io_executor() : handle_->state().executor();
}

EndpointAddr Endpoint::addr() const {
  IROH_ASSERT(handle_ != nullptr);
  return handle_->state().addr();
}

std::vector<SocketAddr> Endpoint::bound_sockets() const {
  return handle_ == nullptr ? std::vector<SocketAddr>() : handle_->state().bound_sockets();
}

EndpointMetrics Endpoint::metrics() const {
  return handle_ == nullptr ? EndpointMetrics() : handle_->state().metrics();
}

std::optional<RemoteInfo> Endpoint::remote_info(const EndpointId& remote) const {
  if (handle_ == nullptr) return std::nullopt;
  return handle_->state().remote_info(remote);
}

Result<void> Endpoint::set_alpns(std::vector<std::string> alpns) const {
  if (handle_ == nullptr) return std::unexpected(make_error_code(EndpointError::closed));
  return handle_->state().set_alpns(std::move(alpns));
}

bool Endpoint::is_closed() const noexcept {
  return handle_ == nullptr || handle_->state().is_closing();
}

void Endpoint::start_connect(CompletionHandler<Connection> handler, Handle handle, EndpointAddr addr, std::string alpn,
                             ConnectOptions options, bool is_early) {
  if (handle == nullptr) return fail_empty(std::move(handler), EndpointError::closed);
  const auto state = handle->state().self();
  auto operation = std::make_unique<Pending<Connection>>(std::move(handler), std::move(handle));
  operation->enable_cancellation(std::weak_ptr(state), state->next_operation_id());
  state->connect(std::move(operation), std::move(addr), std::move(alpn), std::move(options), is_early);
}

void Endpoint::start_accept(CompletionHandler<Incoming> handler, Handle handle) {
  if (handle == nullptr) return fail_empty(std::move(handler), EndpointError::closed);
  const auto state = handle->state().self();
  auto operation = std::make_unique<Pending<Incoming>>(std::move(handler), std::move(handle));
  operation->enable_cancellation(std::weak_ptr(state), state->next_operation_id());
  state->accept(std::move(operation));
}

void Endpoint::start_close(CompletionHandler<> handler, Handle handle) {
  if (handle == nullptr) return fail_empty(std::move(handler), EndpointError::closed);
  const auto state = handle->state().self();
  auto operation = std::make_unique<Pending<>>(std::move(handler), std::move(handle));
  operation->enable_cancellation(std::weak_ptr(state), state->next_operation_id());
  state->close(std::move(operation));
}

void Endpoint::start_closed(CompletionHandler<> handler, Handle handle) {
  if (handle == nullptr) return fail_empty(std::move(handler), EndpointError::closed);
  auto state = handle->state().self();
  handle.reset();
  WeakEndpoint::start_closed(std::move(handler), std::move(state));
}

WeakEndpoint Endpoint::weak_handle() const {
  WeakEndpoint weak;
  if (handle_ == nullptr) return weak;
  weak.handle_ = handle_;
  weak.state_ = handle_->state().self();
  return weak;
}

void WeakEndpoint::start_closed(CompletionHandler<> handler, std::shared_ptr<EndpointState> state) {
  if (state == nullptr) return fail_empty(std::move(handler), EndpointError::closed);
  auto operation = std::make_unique<Pending<>>(std::move(handler));  // keeps no handle: dropping is an end, too
  operation->enable_cancellation(std::weak_ptr(state), state->next_operation_id());
  state->wait_closed(std::move(operation));
}

// ---- Incoming

void Incoming::start_accept(CompletionHandler<Connection> handler, Handle handle) {
  if (handle == nullptr) return fail_empty(std::move(handler), EndpointError::closed);
  handle->accept(std::move(handler), {}, false);
}

void Incoming::start_accept_early(CompletionHandler<Connection> handler, Handle handle) {
  if (handle == nullptr) return fail_empty(std::move(handler), EndpointError::closed);
  handle->accept(std::move(handler), {}, true);
}

void Incoming::start_accept_with(CompletionHandler<Connection> handler, Handle handle, AcceptOptions options) {
  if (handle == nullptr) return fail_empty(std::move(handler), EndpointError::closed);
  handle->accept(std::move(handler), std::move(options), false);
}

void Incoming::refuse() {
  if (const auto handle = std::move(handle_)) handle->refuse();
}

void Incoming::ignore() {
  if (const auto handle = std::move(handle_)) handle->ignore();
}

Result<void> Incoming::retry() {
  if (handle_ == nullptr) return std::unexpected(make_error_code(EndpointError::closed));
  auto sent = handle_->retry();
  if (sent) handle_.reset();
  return sent;
}

bool Incoming::remote_addr_validated() const {
  return handle_ != nullptr && handle_->is_validated();
}

TransportAddr Incoming::remote_addr() const {
  IROH_ASSERT(handle_ != nullptr);
  return handle_->four_tuple().remote;
}

std::optional<IpAddr> Incoming::local_addr() const {
  IROH_ASSERT(handle_ != nullptr);
  return handle_->four_tuple().local;
}

// ---- The handles behind

namespace endpoint {

EndpointHandle::~EndpointHandle() {
  state_->drop();
}

IncomingHandle::~IncomingHandle() {
  refuse();
}

void IncomingHandle::accept(CompletionHandler<Connection> handler, AcceptOptions options, bool is_early) {
  const auto state = std::move(state_);
  state->accept_incoming(std::make_unique<Pending<Connection>>(std::move(handler)), incoming_, std::move(options),
                         is_early);
}

Result<void> IncomingHandle::retry() {
  if (state_ == nullptr) return std::unexpected(make_error_code(EndpointError::closed));
  if (!state_->retry_incoming(incoming_)) return std::unexpected(make_error_code(EndpointError::already_validated));
  state_.reset();
  return {};
}

void IncomingHandle::offer() {
  if (const auto state = std::move(state_)) state->offer_incoming(incoming_);
}

void IncomingHandle::refuse() {
  if (const auto state = std::move(state_)) state->refuse_incoming(incoming_);
}

void IncomingHandle::ignore() {
  if (const auto state = std::move(state_)) state->ignore_incoming(incoming_);
}

ConnectionHandle::~ConnectionHandle() {
  state_->drop();
}

SendHandle::~SendHandle() {
  state_->drop();
}

RecvHandle::~RecvHandle() {
  state_->drop();
}

}  // namespace endpoint
}  // namespace iroh
