// SPDX-License-Identifier: MIT OR Apache-2.0
// What the public handles share. Each is destroyed when its last copy goes, never while the endpoint is locked.
#pragma once

#include <memory>

#include "iroh/endpoint/connection.hpp"
#include "iroh/endpoint/endpoint.hpp"
#include "iroh/endpoint/incoming.hpp"
#include "iroh/endpoint/stream.hpp"
#include "quic/endpoint/endpoint.hpp"

namespace iroh::endpoint {

class EndpointState;
class ConnectionState;
class SendState;
class RecvState;

class EndpointHandle {
 public:
  explicit EndpointHandle(std::shared_ptr<EndpointState> state) noexcept : state_(std::move(state)) {}
  EndpointHandle(const EndpointHandle&) = delete;
  EndpointHandle& operator=(const EndpointHandle&) = delete;
  ~EndpointHandle();
  EndpointState& state() const noexcept { return *state_; }

 private:
  std::shared_ptr<EndpointState> state_;
};

class IncomingHandle {
 public:
  IncomingHandle(std::shared_ptr<EndpointState> state, quic::NewIncoming incoming) noexcept
      : state_(std::move(state)), incoming_(incoming) {}
  IncomingHandle(const IncomingHandle&) = delete;
  IncomingHandle& operator=(const IncomingHandle&) = delete;
  /// Refuses unless decided.
  ~IncomingHandle();
  const quic::FourTuple& four_tuple() const noexcept { return incoming_.four_tuple; }
  bool is_validated() const noexcept { return incoming_.is_address_validated; }
  void accept(CompletionHandler<Connection> handler, AcceptOptions options, bool is_early);
  Result<void> retry();
  void refuse();
  void ignore();
  /// To whoever calls Endpoint::accept().
  void offer();

 private:
  std::shared_ptr<EndpointState> state_;  // null once decided
  quic::NewIncoming incoming_;
};

class ConnectionHandle {
 public:
  explicit ConnectionHandle(std::shared_ptr<ConnectionState> state) noexcept : state_(std::move(state)) {}
  ConnectionHandle(const ConnectionHandle&) = delete;
  ConnectionHandle& operator=(const ConnectionHandle&) = delete;
  /// Closes with code 0. [endpoint.md 31]
  ~ConnectionHandle();
  const std::shared_ptr<ConnectionState>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<ConnectionState> state_;
};

class SendHandle {
 public:
  SendHandle(std::shared_ptr<ConnectionHandle> connection, std::shared_ptr<SendState> state) noexcept
      : connection_(std::move(connection)), state_(std::move(state)) {}
  SendHandle(const SendHandle&) = delete;
  SendHandle& operator=(const SendHandle&) = delete;
  ~SendHandle();
  const std::shared_ptr<SendState>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<ConnectionHandle> connection_;
  std::shared_ptr<SendState> state_;
};

class RecvHandle {
 public:
  RecvHandle(std::shared_ptr<ConnectionHandle> connection, std::shared_ptr<RecvState> state) noexcept
      : connection_(std::move(connection)), state_(std::move(state)) {}
  RecvHandle(const RecvHandle&) = delete;
  RecvHandle& operator=(const RecvHandle&) = delete;
  ~RecvHandle();
  const std::shared_ptr<RecvState>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<ConnectionHandle> connection_;
  std::shared_ptr<RecvState> state_;
};

/// Makes public handles, and looks into them.
class Internals {
 public:
  static Endpoint make(std::shared_ptr<EndpointHandle> handle) { return Endpoint(std::move(handle)); }
  static Incoming make(std::shared_ptr<IncomingHandle> handle) { return Incoming(std::move(handle)); }
  static Connection make(std::shared_ptr<ConnectionHandle> handle) { return Connection(std::move(handle)); }
  static SendStream make(std::shared_ptr<SendHandle> handle) { return SendStream(std::move(handle)); }
  static RecvStream make(std::shared_ptr<RecvHandle> handle) { return RecvStream(std::move(handle)); }
  static PathEvents make(std::shared_ptr<PathEventQueue> queue) { return PathEvents(std::move(queue)); }
  static PathsStream make(std::shared_ptr<PathListWatch> watch) { return PathsStream(std::move(watch)); }
  static const std::shared_ptr<ConnectionHandle>& handle(const Connection& connection) { return connection.handle_; }
  static const std::shared_ptr<RecvHandle>& handle(const RecvStream& stream) { return stream.handle_; }
};

}  // namespace iroh::endpoint
