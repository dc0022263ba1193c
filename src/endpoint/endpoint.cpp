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

Result<void> Endpoint::set_alpns(std::vector<std::string> alpns) const {
  if (handle_ == nullptr) return std::unexpected(make_error_code(EndpointError::closed));
  return handle_->state().set_alpns(std::move(alpns));
}

bool Endpoint::is_closed() const noexcept {
  return handle_ == nullptr || handle_->state().is_closing();
}

void Endpoint::start_connect(CompletionHandler<Connection> handler, Handle handle, EndpointAddr addr, std::string alpn,
                             ConnectOptions options) {
  if (handle == nullptr) return fail_empty(std::move(handler), EndpointError::closed);
  const auto state = handle->state().self();
  state->connect(std::make_unique<Pending<Connection>>(std::move(handler), std::move(handle)), addr, std::move(alpn),
                 std::move(options));
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
  const auto state = handle->state().self();
  auto operation = std::make_unique<Pending<>>(std::move(handler));  // keeps no handle: dropping is an end, too
  operation->enable_cancellation(std::weak_ptr(state), state->next_operation_id());
  state->wait_closed(std::move(operation));
}

// ---- Incoming

void Incoming::start_accept(CompletionHandler<Connection> handler, Handle handle) {
  if (handle == nullptr) return fail_empty(std::move(handler), EndpointError::closed);
  handle->accept(std::move(handler));
}

void Incoming::refuse() {
  if (const auto handle = std::move(handle_)) handle->refuse();
}

void Incoming::ignore() {
  if (const auto handle = std::move(handle_)) handle->ignore();
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

void IncomingHandle::accept(CompletionHandler<Connection> handler) {
  const auto state = std::move(state_);
  state->accept_incoming(std::make_unique<Pending<Connection>>(std::move(handler)), incoming_);
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
