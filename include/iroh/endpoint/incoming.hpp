// SPDX-License-Identifier: MIT OR Apache-2.0
/// Incoming: a client that knocks, before anything is known of it but its address. [endpoint.md §3.5]
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "iroh/endpoint/async.hpp"
#include "iroh/endpoint/connection.hpp"
#include "iroh/endpoint/options.hpp"
#include "iroh/identity/transport_addr.hpp"

namespace iroh {

namespace endpoint {
class IncomingHandle;
}

/// Decide once: accept(), refuse(), retry() or ignore(); dropping it refuses.
class Incoming {
 public:
  Incoming() noexcept = default;
  Incoming(Incoming&&) noexcept = default;
  Incoming& operator=(Incoming&&) noexcept = default;
  /// False for the empty one that Endpoint::accept() gives when the endpoint is closed.
  explicit operator bool() const noexcept { return handle_ != nullptr; }

  /// Completes with a Connection when the handshake is complete. Fails, for one client among many, if the client speaks
  /// nonsense or none of our protocols: log it and go on.
  template <class Token = DefaultToken>
  auto accept(Token&& token = Token()) {
    return detail::initiate(std::forward<Token>(token), &start_accept, std::move(handle_));
  }
  /// Completes with a Connection at once, before it is known who the client is: early data can be read, and streams
  /// written, but what is read may be a replay, and what is written goes to anybody. Connection::handshake_completed()
  /// tells how it went on. [endpoint.md §3.6]
  template <class Token = DefaultToken>
  auto accept_early(Token&& token = Token()) {
    return detail::initiate(std::forward<Token>(token), &start_accept_early, std::move(handle_));
  }
  /// The same as accept() with options for this one connection.
  template <class Token = DefaultToken>
  auto accept_with(AcceptOptions options, Token&& token = Token()) {
    return detail::initiate(std::forward<Token>(token), &start_accept_with, std::move(handle_), std::move(options));
  }
  /// The client is told: CONNECTION_REFUSED.
  void refuse();
  /// The client is told nothing, and waits for its time-out.
  void ignore();

  /// The client is sent away to come again with a proof of its address, as another Incoming. Fails with
  /// EndpointError::already_validated, and then this one can still be decided, if it has brought one. [RFC 9000 §8.1.2]
  Result<void> retry();

  TransportAddr remote_addr() const;
  /// The client has proven that it receives what is sent to its address.
  bool remote_addr_validated() const;
  /// The address that the client sent to, if the system tells.
  std::optional<IpAddr> local_addr() const;

 private:
  friend class endpoint::Internals;
  using Handle = std::shared_ptr<endpoint::IncomingHandle>;
  explicit Incoming(Handle handle) noexcept : handle_(std::move(handle)) {}
  static void start_accept(CompletionHandler<Connection> handler, Handle handle);
  static void start_accept_early(CompletionHandler<Connection> handler, Handle handle);
  static void start_accept_with(CompletionHandler<Connection> handler, Handle handle, AcceptOptions options);

  Handle handle_;
};

/// What to do with a client before anything is known of it but its address. A filter is asked for every client, on the
/// endpoint's executor, and must answer quickly; one that throws rejects. [endpoint.md 57]
enum class FilterOutcome : std::uint8_t {
  accept,
  reject,  ///< CONNECTION_REFUSED
  ignore,  ///< no answer at all
  retry,   ///< prove that the address is yours, and come again; a client that has is refused
};
using IncomingFilter = std::function<FilterOutcome(const Incoming&)>;

}  // namespace iroh
