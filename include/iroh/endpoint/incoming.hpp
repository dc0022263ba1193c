// SPDX-License-Identifier: MIT OR Apache-2.0
/// Incoming: a client that knocks, before anything is known of it but its address. [endpoint.md §3.5]
#pragma once

#include <memory>
#include <optional>

#include "iroh/endpoint/async.hpp"
#include "iroh/endpoint/connection.hpp"
#include "iroh/identity/transport_addr.hpp"

namespace iroh {

namespace endpoint {
class IncomingHandle;
}

/// Decide once: accept(), refuse() or ignore(); dropping it refuses.
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
  /// The client is told: CONNECTION_REFUSED.
  void refuse();
  /// The client is told nothing, and waits for its time-out.
  void ignore();

  TransportAddr remote_addr() const;
  /// The address that the client sent to, if the system tells.
  std::optional<IpAddr> local_addr() const;

 private:
  friend class endpoint::Internals;
  using Handle = std::shared_ptr<endpoint::IncomingHandle>;
  explicit Incoming(Handle handle) noexcept : handle_(std::move(handle)) {}
  static void start_accept(CompletionHandler<Connection> handler, Handle handle);

  Handle handle_;
};

}  // namespace iroh
