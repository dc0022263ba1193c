// SPDX-License-Identifier: MIT OR Apache-2.0
// The public stream handles.
#include "iroh/endpoint/stream.hpp"

#include "endpoint/empty_handle.hpp"
#include "endpoint/read_operations.hpp"
#include "endpoint/write_operations.hpp"

namespace iroh {

using endpoint::fail_empty;
namespace asio = boost::asio;

// ---- SendStream

namespace {

template <class Op, class... T, class... Args>
void start_write_operation(CompletionHandler<T...> handler, std::shared_ptr<endpoint::SendHandle> handle,
                           Args... args) {
  if (handle == nullptr) return fail_empty(std::move(handler), StreamError::closed);
  const auto state = handle->state();
  auto operation = std::make_unique<Op>(std::move(handler), std::move(handle), std::move(args)...);
  operation->enable_cancellation(std::weak_ptr(state), state->driver().next_operation_id());
  state->start_write(std::move(operation));
}

template <class Op, class... T, class... Args>
void start_read_operation(CompletionHandler<T...> handler, std::shared_ptr<endpoint::RecvHandle> handle, Args... args) {
  if (handle == nullptr) return fail_empty(std::move(handler), StreamError::closed);
  const auto state = handle->state();
  auto operation = std::make_unique<Op>(std::move(handler), std::move(handle), std::move(args)...);
  operation->enable_cancellation(std::weak_ptr(state), state->driver().next_operation_id());
  state->start_read(std::move(operation));
}

}  // namespace

std::uint64_t SendStream::id() const noexcept {
  return handle_ == nullptr ? 0 : handle_->state()->id().value();
}

void SendStream::start_write_some(CompletionHandler<std::size_t> handler, Handle handle, ByteView data) {
  start_write_operation<endpoint::WriteSome>(std::move(handler), std::move(handle), data);
}

void SendStream::start_write_all(CompletionHandler<> handler, Handle handle, ByteView data) {
  start_write_operation<endpoint::WriteAll>(std::move(handler), std::move(handle), data);
}

void SendStream::start_write_bytes(CompletionHandler<> handler, Handle handle, Bytes data) {
  start_write_operation<endpoint::WriteBytes>(std::move(handler), std::move(handle), std::move(data));
}

void SendStream::start_write_chunks(CompletionHandler<> handler, Handle handle, std::vector<Bytes> chunks) {
  start_write_operation<endpoint::WriteChunks>(std::move(handler), std::move(handle), std::move(chunks));
}

void SendStream::start_stopped(CompletionHandler<std::optional<std::uint64_t>> handler, Handle handle) {
  if (handle == nullptr) return fail_empty(std::move(handler), StreamError::closed);
  const auto state = handle->state();
  // It keeps no handle: a dropped stream finishes, and this tells when the peer has it all.
  auto operation = std::make_unique<endpoint::SendState::StoppedOperation>(std::move(handler));
  operation->enable_cancellation(std::weak_ptr(state), state->driver().next_operation_id());
  state->wait_stopped(std::move(operation));
}

Result<std::size_t> SendStream::try_write(ByteView data) const {
  if (handle_ == nullptr) return std::unexpected(make_error_code(StreamError::closed));
  return handle_->state()->try_write(data.span());
}

Result<void> SendStream::finish() const {
  if (handle_ == nullptr) return std::unexpected(make_error_code(StreamError::closed));
  return handle_->state()->finish();
}

Result<void> SendStream::reset(std::uint64_t code) const {
  if (handle_ == nullptr) return std::unexpected(make_error_code(StreamError::closed));
  return handle_->state()->reset(code);
}

Result<void> SendStream::set_priority(int priority) const {
  if (handle_ == nullptr) return std::unexpected(make_error_code(StreamError::closed));
  return handle_->state()->set_priority(priority);
}

Result<int> SendStream::priority() const {
  if (handle_ == nullptr) return std::unexpected(make_error_code(StreamError::closed));
  return handle_->state()->priority();
}

// ---- RecvStream

std::uint64_t RecvStream::id() const noexcept {
  return handle_ == nullptr ? 0 : handle_->state()->id().value();
}

bool RecvStream::is_0rtt() const noexcept {
  return handle_ != nullptr && handle_->state()->is_0rtt();
}

void RecvStream::start_read(CompletionHandler<Bytes> handler, Handle handle, std::size_t max) {
  start_read_operation<endpoint::Read>(std::move(handler), std::move(handle), max);
}

void RecvStream::start_read_chunks(CompletionHandler<std::vector<Bytes>> handler, Handle handle,
                                   std::size_t max_count) {
  start_read_operation<endpoint::ReadChunks>(std::move(handler), std::move(handle), max_count);
}

void RecvStream::start_read_some(CompletionHandler<std::size_t> handler, Handle handle, ByteBuffer out) {
  start_read_operation<endpoint::ReadSome>(std::move(handler), std::move(handle), out);
}

void RecvStream::start_read_exact(CompletionHandler<Bytes> handler, Handle handle, std::size_t size) {
  start_read_operation<endpoint::ReadAll>(std::move(handler), std::move(handle), endpoint::ReadAll::Until::size, size);
}

void RecvStream::start_read_to_end(CompletionHandler<Bytes> handler, Handle handle, std::size_t limit) {
  start_read_operation<endpoint::ReadAll>(std::move(handler), std::move(handle), endpoint::ReadAll::Until::end, limit);
}

void RecvStream::start_received_reset(CompletionHandler<std::optional<std::uint64_t>> handler, Handle handle) {
  if (handle == nullptr) return fail_empty(std::move(handler), StreamError::closed);
  const auto state = handle->state();
  auto operation = std::make_unique<endpoint::RecvState::ResetOperation>(std::move(handler));
  operation->enable_cancellation(std::weak_ptr(state), state->driver().next_operation_id());
  state->wait_reset(std::move(operation));
}

Result<Bytes> RecvStream::try_read(std::size_t max) const {
  if (handle_ == nullptr) return std::unexpected(make_error_code(StreamError::closed));
  return handle_->state()->try_read(max);
}

Result<void> RecvStream::stop(std::uint64_t code) const {
  if (handle_ == nullptr) return std::unexpected(make_error_code(StreamError::closed));
  return handle_->state()->stop(code);
}

}  // namespace iroh
