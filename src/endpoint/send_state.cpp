// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/send_state.hpp"

#include <algorithm>
#include <utility>

#include "endpoint/public_types.hpp"
#include "endpoint/wire_error.hpp"
#include "iroh/endpoint/errors.hpp"

namespace iroh::endpoint {

error_code SendState::error() const noexcept {
  if (is_rejected_) return StreamError::zero_rtt_rejected;
  if (is_closed_) return StreamError::closed;
  if (stopped_code_) return wire_error(*stopped_code_, stream_stopped_category());
  return connection_->error();
}

// ---- Writing

void SendState::start_write(std::unique_ptr<WriteOperation> operation) {
  const Driver::Lock lock(driver());
  if (write_ != nullptr) return driver().fail(std::move(operation), StreamError::busy);
  if (operation->progress(*this)) return driver().finish(std::move(operation));
  write_ = std::move(operation);
}

Result<std::size_t> SendState::write(std::span<const std::byte> data) {
  if (const auto failure = error()) return std::unexpected(failure);
  if (data.empty()) return 0;
  return after_write(connection_->core()->write(id_, data));
}

Result<std::size_t> SendState::write(Bytes& data) {
  if (const auto failure = error()) return std::unexpected(failure);
  if (data.empty()) return 0;
  return after_write(connection_->core()->write_bytes(id_, data));
}

Result<std::size_t> SendState::after_write(std::expected<std::size_t, quic::WriteError> result) {
  // A blocked write is news for the core, too: it may have to tell the peer.
  connection_->touch();
  if (result) return *result;
  switch (result.error().kind) {
    case quic::WriteError::Kind::blocked:
      return std::unexpected(error_code(asio::error::would_block));
    case quic::WriteError::Kind::stopped:
      return std::unexpected(wire_error(result.error().code, stream_stopped_category()));
    case quic::WriteError::Kind::closed:
      break;
  }
  return std::unexpected(make_error_code(StreamError::closed));
}

Result<std::size_t> SendState::try_write(std::span<const std::byte> data) {
  const Driver::Lock lock(driver());
  if (write_ != nullptr) return std::unexpected(make_error_code(StreamError::busy));
  return write(data);
}

void SendState::on_writable() {
  if (write_ != nullptr && write_->progress(*this)) driver().finish(std::move(write_));
}

// ---- The end

Result<void> SendState::finish() {
  const Driver::Lock lock(driver());
  if (write_ != nullptr) return std::unexpected(make_error_code(StreamError::busy));
  if (const auto failure = error()) return std::unexpected(failure);
  is_closed_ = true;
  const auto finished = connection_->core()->finish(id_);
  connection_->touch();
  if (!finished) return std::unexpected(make_error_code(StreamError::closed));
  return {};
}

Result<void> SendState::reset(std::uint64_t code) {
  const Driver::Lock lock(driver());
  if (is_rejected_) return std::unexpected(make_error_code(StreamError::zero_rtt_rejected));
  if (is_reset_ || is_acked_) return std::unexpected(make_error_code(StreamError::closed));
  if (connection_->is_finished()) return std::unexpected(connection_->error());
  is_closed_ = is_reset_ = true;
  if (write_ != nullptr) driver().fail(std::move(write_), StreamError::closed);
  complete_stopped(StreamError::closed, std::nullopt);
  static_cast<void>(connection_->core()->reset(id_, std::min(code, close_code_max)));
  connection_->touch();
  return {};
}

void SendState::wait_stopped(std::unique_ptr<StoppedOperation> operation) {
  const Driver::Lock lock(driver());
  stopped_.push(std::move(operation));
  if (is_rejected_) return complete_stopped(StreamError::zero_rtt_rejected, std::nullopt);
  if (is_acked_) return complete_stopped({}, std::nullopt);
  if (stopped_code_) return complete_stopped({}, stopped_code_);
  if (is_reset_) return complete_stopped(StreamError::closed, std::nullopt);
  if (connection_->is_finished()) complete_stopped(connection_->error(), std::nullopt);
}

void SendState::complete_stopped(error_code error, std::optional<std::uint64_t> code) {
  while (!stopped_.empty()) {
    auto operation = stopped_.pop();
    operation->complete(error, code);
    driver().finish(std::move(operation));
  }
  if (is_dropped_ && !is_rejected_) connection_->forget_send(id_);
}

void SendState::on_finished() {
  is_acked_ = true;
  complete_stopped({}, std::nullopt);
}

void SendState::on_stopped(std::uint64_t code) {
  stopped_code_ = code;
  if (write_ != nullptr) driver().fail(std::move(write_), error());
  complete_stopped({}, code);
}

void SendState::on_connection_finished() {
  if (write_ != nullptr) driver().fail(std::move(write_), connection_->error());
  complete_stopped(connection_->error(), std::nullopt);
}

void SendState::on_early_data_rejected() {
  is_rejected_ = true;
  if (write_ != nullptr) driver().fail(std::move(write_), error());
  complete_stopped(error(), std::nullopt);
}

// ---- Handles

Result<void> SendState::set_priority(int priority) {
  const Driver::Lock lock(driver());
  if (const auto failure = error()) return std::unexpected(failure);
  connection_->core()->streams().set_priority(id_, priority);
  return {};
}

Result<int> SendState::priority() {
  const Driver::Lock lock(driver());
  if (const auto failure = error()) return std::unexpected(failure);
  return connection_->core()->streams().priority(id_).value_or(0);
}

void SendState::cancel(std::uint64_t operation) {
  const Driver::Lock lock(driver());
  if (write_ != nullptr && write_->id() == operation) driver().fail(std::move(write_), asio::error::operation_aborted);
  if (auto stopped = stopped_.take(operation)) driver().fail(std::move(stopped), asio::error::operation_aborted);
}

void SendState::drop() {
  const Driver::Lock lock(driver());
  if (connection_->is_finished() || is_rejected_) return;
  // [endpoint.md §3.7] Dropping an unfinished stream finishes it. After a STOP_SENDING only a reset is left to say.
  if (stopped_code_ && !is_reset_) {
    static_cast<void>(connection_->core()->reset(id_, *stopped_code_));
    connection_->touch();
  } else if (!is_closed_) {
    is_closed_ = true;
    static_cast<void>(connection_->core()->finish(id_));
    connection_->touch();
  }
  is_dropped_ = true;
  if (stopped_.empty()) connection_->forget_send(id_);
}

}  // namespace iroh::endpoint
