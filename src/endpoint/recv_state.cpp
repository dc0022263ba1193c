// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/recv_state.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "endpoint/public_types.hpp"
#include "endpoint/wire_error.hpp"
#include "iroh/endpoint/errors.hpp"

namespace iroh::endpoint {

// ---- Reading

void RecvState::start_read(std::unique_ptr<ReadOperation> operation) {
  const Driver::Lock lock(driver());
  if (read_ != nullptr) return driver().fail(std::move(operation), StreamError::busy);
  if (operation->progress(*this)) return driver().finish(std::move(operation));
  read_ = std::move(operation);
}

Result<Bytes> RecvState::try_read(std::size_t max) {
  const Driver::Lock lock(driver());
  if (read_ != nullptr) return std::unexpected(make_error_code(StreamError::busy));
  auto data = read_joined(max);
  if (!data && data.error() == asio::error::eof) return Bytes();
  return data;
}

Result<Bytes> RecvState::read(std::size_t max) {
  if (is_rejected_) return std::unexpected(make_error_code(StreamError::zero_rtt_rejected));
  if (is_stopped_) return std::unexpected(make_error_code(StreamError::closed));
  if (!arrived_.empty()) {
    Bytes& front = arrived_.front();
    Bytes data = front.slice(0, max);
    front.remove_prefix(data.size());
    if (front.empty()) arrived_.pop_front();
    return data;
  }
  if (is_finished_) return std::unexpected(error_code(asio::error::eof));
  if (reset_code_) return std::unexpected(wire_error(*reset_code_, stream_reset_category()));
  if (connection_->is_finished()) return std::unexpected(connection_->error());
  return read_core(max);
}

Result<Bytes> RecvState::read_core(std::size_t max) {
  auto data = connection_->core()->read(id_, max);
  if (data) {
    if (!data->empty()) connection_->touch();  // flow control moves
    return *std::move(data);
  }
  switch (data.error().kind) {
    case quic::ReadError::Kind::blocked:
      return std::unexpected(error_code(asio::error::would_block));
    case quic::ReadError::Kind::finished:
      is_finished_ = true;
      connection_->touch();
      complete_reset({}, std::nullopt);
      return std::unexpected(error_code(asio::error::eof));
    case quic::ReadError::Kind::reset:
      reset_code_ = data.error().code;
      connection_->touch();
      complete_reset({}, reset_code_);
      return std::unexpected(wire_error(*reset_code_, stream_reset_category()));
    case quic::ReadError::Kind::closed:
      break;
  }
  return std::unexpected(make_error_code(StreamError::closed));
}

Result<Bytes> RecvState::read_joined(std::size_t max) {
  auto first = read(max);
  if (!first || first->size() >= max) return first;
  auto next = read(max - first->size());
  if (!next) return first;
  std::string joined;
  joined.reserve(max);
  joined += first->text();
  while (next) {
    joined += next->text();
    if (joined.size() >= max) break;
    next = read(max - joined.size());
  }
  return Bytes::from_string(std::move(joined));
}

void RecvState::progress() {
  if (read_ != nullptr && read_->progress(*this)) driver().finish(std::move(read_));
}

// ---- Events

void RecvState::on_readable() {
  progress();
  // Nobody reads, but somebody wants to hear of a reset: reading nothing tells.
  if (!reset_.empty() && read_ == nullptr && !is_finished_ && !reset_code_ && !is_stopped_)
    static_cast<void>(read_core(0));
}

void RecvState::keep_arrived() {
  while (!is_stopped_ && !is_finished_ && !reset_code_) {
    auto data = read_core(std::numeric_limits<std::size_t>::max());
    if (!data) break;
    arrived_.push_back(*std::move(data));
  }
}

void RecvState::on_connection_finished() {
  progress();
  if (read_ != nullptr) driver().fail(std::move(read_), connection_->error());
  complete_reset(connection_->error(), std::nullopt);
}

void RecvState::on_early_data_rejected() {
  is_rejected_ = true;
  progress();
  complete_reset(StreamError::zero_rtt_rejected, std::nullopt);
}

// ---- The end

Result<void> RecvState::stop(std::uint64_t code) {
  const Driver::Lock lock(driver());
  if (is_rejected_) return std::unexpected(make_error_code(StreamError::zero_rtt_rejected));
  if (is_stopped_ || is_finished_ || reset_code_) return std::unexpected(make_error_code(StreamError::closed));
  if (connection_->is_finished()) return std::unexpected(connection_->error());
  is_stopped_ = true;
  arrived_.clear();
  connection_->core()->stop(id_, std::min(code, close_code_max));
  connection_->touch();
  if (read_ != nullptr) driver().fail(std::move(read_), StreamError::closed);
  complete_reset(StreamError::closed, std::nullopt);
  return {};
}

void RecvState::wait_reset(std::unique_ptr<ResetOperation> operation) {
  const Driver::Lock lock(driver());
  reset_.push(std::move(operation));
  if (is_rejected_) return complete_reset(StreamError::zero_rtt_rejected, std::nullopt);
  if (is_finished_) return complete_reset({}, std::nullopt);
  if (reset_code_) return complete_reset({}, reset_code_);
  if (is_stopped_) return complete_reset(StreamError::closed, std::nullopt);
  if (connection_->is_finished()) return complete_reset(connection_->error(), std::nullopt);
  on_readable();
}

void RecvState::complete_reset(error_code error, std::optional<std::uint64_t> code) {
  while (!reset_.empty()) {
    auto operation = reset_.pop();
    operation->complete(error, code);
    driver().finish(std::move(operation));
  }
}

// ---- Handles

void RecvState::cancel(std::uint64_t operation) {
  const Driver::Lock lock(driver());
  if (read_ != nullptr && read_->id() == operation) driver().fail(std::move(read_), asio::error::operation_aborted);
  if (auto reset = reset_.take(operation)) driver().fail(std::move(reset), asio::error::operation_aborted);
}

void RecvState::drop() {
  const Driver::Lock lock(driver());
  if (connection_->is_finished() || is_rejected_) return;
  if (!is_stopped_ && !is_finished_ && !reset_code_) {
    // [endpoint.md §3.7] Unread data nobody will read: the peer need not send more.
    is_stopped_ = true;
    connection_->core()->stop(id_, 0);
    connection_->touch();
  }
  complete_reset(StreamError::closed, std::nullopt);
  connection_->forget_recv(id_);
}

}  // namespace iroh::endpoint
