// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs the core: turns of receiving, thinking, sending, on a strand. What a turn means for the application is the
// derived class's business (EndpointState).
//
// One mutex guards the core and everything above it. A turn takes it once, and so does a call of the application, on
// whatever thread: calls take effect at once and ask for a turn that sends what they queued. Nothing is locked per
// packet. Sockets and the timer are touched in turns only.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>
#include <memory>
#include <mutex>
#include <optional>

#include "endpoint/adaptive_spin.hpp"
#include "endpoint/operation.hpp"
#include "endpoint/socket_io.hpp"
#include "iroh/endpoint/endpoint_metrics.hpp"
#include "net/platform.hpp"
#include "quic/endpoint/endpoint.hpp"

namespace iroh::endpoint {

using Strand = asio::strand<asio::any_io_executor>;

class Driver : public std::enable_shared_from_this<Driver> {
 public:
  /// Holds the mutex. On release it hands out the operations that are done and starts the turn that was asked for.
  class Lock;

  struct Setup {
    asio::any_io_executor executor;  ///< the user's
    Strand strand;                   ///< of that executor
    std::shared_ptr<net::Platform> platform;
    SocketList sockets;
    std::shared_ptr<const tls::Identity> identity;
    quic::EndpointConfig config;
    bool adaptive_spin = false;
  };

  explicit Driver(Setup setup);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  virtual ~Driver();

  /// The first turn. From then on a pending wait keeps the driver alive until it is stopped.
  void start();
  const asio::any_io_executor& executor() const noexcept { return executor_; }
  std::uint64_t next_operation_id() noexcept { return last_operation_id_.fetch_add(1, std::memory_order_relaxed) + 1; }

  // ---- The following need the lock.

  quic::Endpoint& core() noexcept { return core_; }
  net::Platform& platform() noexcept { return *platform_; }
  quic::Instant now() { return platform_->now(); }
  /// What this and the derived class count; sockets keep their own count, see traffic().
  SocketMetrics& counts() noexcept { return counts_; }
  SocketIo::Traffic traffic() const { return io_.traffic(); }

  /// The operation has its result: it goes out when the lock is released.
  void finish(std::unique_ptr<Operation> operation) noexcept { finished_.push(std::move(operation)); }
  void fail(std::unique_ptr<Operation> operation, error_code error) {
    operation->fail(error);
    finish(std::move(operation));
  }
  /// Something was queued in the core.
  void request_turn() noexcept { is_turn_requested_ = true; }
  /// The next turn closes the sockets, and there will be no other.
  void request_stop() noexcept { is_stopping_ = is_turn_requested_ = true; }
  bool is_stopped() const noexcept { return is_stopped_; }

  // ---- Events of the event loop

  void on_socket_ready(std::size_t socket, net::Wait direction);
  /// The executor's context is being destroyed: nothing will run any more.
  void abandon();

 protected:
  virtual void on_incoming(const quic::NewIncoming& incoming) = 0;
  virtual void on_connection_ready(quic::ConnectionHandle connection) = 0;
  virtual void on_connection_drained(quic::ConnectionHandle connection) = 0;
  /// Where copies of a client's first packets go. [endpoint.md §5.4]
  virtual std::span<const SocketAddr> known_addresses(quic::ConnectionHandle connection) = 0;
  /// All that is to be sent has been handed to the sockets.
  virtual void on_turn_end() = 0;
  /// No connection and no operation may survive this.
  virtual void on_stopped() = 0;

  const SocketList& sockets() const noexcept { return io_.sockets(); }

 private:
  void turn();
  void turn(quic::Instant now, SocketIo::Received received);
  void trim_if_idle(quic::Instant now, bool has_input);
  void spin_once();
  void post_spin();
  void on_timer();
  bool process(quic::Instant now);
  void dispatch(const quic::EndpointEvent& event);
  void send(const quic::Transmit& transmit);
  void arm_timer();
  void stop();

  std::mutex mutex_;
  asio::any_io_executor executor_;
  Strand strand_;
  std::shared_ptr<net::Platform> platform_;
  std::unique_ptr<net::Timer> timer_;
  std::optional<quic::Instant> armed_;
  std::optional<quic::Instant> trim_at_;
  AdaptiveSpin spin_;
  SocketIo io_;
  quic::Endpoint core_;

  SocketMetrics counts_;
  OperationList<Operation> finished_;
  std::atomic<std::uint64_t> last_operation_id_ = 0;
  bool is_turn_requested_ = false;
  bool is_turn_posted_ = false;
  bool is_spin_posted_ = false;
  bool is_stopping_ = false;
  bool is_stopped_ = false;
  bool is_abandoned_ = false;
};

class Driver::Lock {
 public:
  explicit Lock(Driver& driver) : driver_(driver), lock_(driver.mutex_) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock();

 private:
  Driver& driver_;
  std::unique_lock<std::mutex> lock_;
};

}  // namespace iroh::endpoint
