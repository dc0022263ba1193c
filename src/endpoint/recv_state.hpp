// SPDX-License-Identifier: MIT OR Apache-2.0
// The receiving end of a stream as the application sees it.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>

#include "endpoint/connection_state.hpp"
#include "endpoint/operation.hpp"

namespace iroh::endpoint {

class RecvState;

class ReadOperation : public Operation {
 public:
  /// Reads what is there. True if the result is set.
  virtual bool progress(RecvState& stream) = 0;
};

class RecvState final : public std::enable_shared_from_this<RecvState> {
 public:
  using ResetOperation = Pending<std::optional<std::uint64_t>>;

  RecvState(std::shared_ptr<ConnectionState> connection, quic::StreamId id, bool is_0rtt) noexcept
      : connection_(std::move(connection)), id_(id), is_0rtt_(is_0rtt) {}

  quic::StreamId id() const noexcept { return id_; }
  bool is_0rtt() const noexcept { return is_0rtt_; }
  Driver& driver() const noexcept { return connection_->driver(); }

  // ---- Calls of the application; they take the lock.

  void start_read(std::unique_ptr<ReadOperation> operation);
  void wait_reset(std::unique_ptr<ResetOperation> operation);
  Result<Bytes> try_read(std::size_t max);
  Result<void> stop(std::uint64_t code);
  void cancel(std::uint64_t operation);
  /// The last handle is gone.
  void drop();

  // ---- With the lock: from read operations.

  /// One slice of 1 to max bytes; asio::error::eof at the end, asio::error::would_block if nothing is there.
  Result<Bytes> read(std::size_t max);
  /// Slices of at most max bytes together, as one.
  Result<Bytes> read_joined(std::size_t max);

  // ---- With the lock: from the connection.

  void on_readable();
  /// What had arrived stays readable.
  void keep_arrived();
  void on_connection_finished();
  /// The stream is gone from the core, and its id may come back for another.
  void on_early_data_rejected();

 private:
  Result<Bytes> read_core(std::size_t max);
  void progress();
  void complete_reset(error_code error, std::optional<std::uint64_t> code);

  const std::shared_ptr<ConnectionState> connection_;
  const quic::StreamId id_;
  const bool is_0rtt_;
  bool is_rejected_ = false;  // with the early data
  bool is_finished_ = false;  // the end was read, from the core
  bool is_stopped_ = false;
  std::optional<std::uint64_t> reset_code_;
  std::list<Bytes> arrived_;
  std::unique_ptr<ReadOperation> read_;
  OperationList<ResetOperation> reset_;
};

}  // namespace iroh::endpoint
