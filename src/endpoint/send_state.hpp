// SPDX-License-Identifier: MIT OR Apache-2.0
// The sending end of a stream as the application sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "endpoint/connection_state.hpp"
#include "endpoint/operation.hpp"

namespace iroh::endpoint {

class SendState;

class WriteOperation : public Operation {
 public:
  /// Writes what can be written now. True if the result is set.
  virtual bool progress(SendState& stream) = 0;
};

class SendState final : public std::enable_shared_from_this<SendState> {
 public:
  using StoppedOperation = Pending<std::optional<std::uint64_t>>;

  SendState(std::shared_ptr<ConnectionState> connection, quic::StreamId id) noexcept
      : connection_(std::move(connection)), id_(id) {}

  quic::StreamId id() const noexcept { return id_; }
  Driver& driver() const noexcept { return connection_->driver(); }

  // ---- Calls of the application; they take the lock.

  void start_write(std::unique_ptr<WriteOperation> operation);
  void wait_stopped(std::unique_ptr<StoppedOperation> operation);
  Result<std::size_t> try_write(std::span<const std::byte> data);
  Result<void> finish();
  Result<void> reset(std::uint64_t code);
  Result<void> set_priority(int priority);
  Result<int> priority();
  void cancel(std::uint64_t operation);
  /// The last handle is gone.
  void drop();

  // ---- With the lock: from write operations.

  /// asio::error::would_block if flow control or the send window says so.
  Result<std::size_t> write(std::span<const std::byte> data);
  Result<std::size_t> write(Bytes& data);

  // ---- With the lock: from the connection.

  void on_writable();
  void on_finished();
  void on_stopped(std::uint64_t code);
  void on_connection_finished();
  /// The stream is gone from the core, and its id may come back for another.
  void on_early_data_rejected();

 private:
  /// What every further call fails with.
  error_code error() const noexcept;
  Result<std::size_t> after_write(std::expected<std::size_t, quic::WriteError> result);
  void complete_stopped(error_code error, std::optional<std::uint64_t> code);

  const std::shared_ptr<ConnectionState> connection_;
  const quic::StreamId id_;
  bool is_closed_ = false;  // finished or reset by us
  bool is_reset_ = false;
  bool is_acked_ = false;  // with the FIN
  bool is_dropped_ = false;
  bool is_rejected_ = false;  // with the early data
  std::optional<std::uint64_t> stopped_code_;
  std::unique_ptr<WriteOperation> write_;
  OperationList<StoppedOperation> stopped_;
};

}  // namespace iroh::endpoint
