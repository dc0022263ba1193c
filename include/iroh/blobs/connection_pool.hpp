// SPDX-License-Identifier: MIT OR Apache-2.0
/// ConnectionPool: at most one connection to each remote, shared by all who need it. [blobs.md §5.3]
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "iroh/endpoint/async.hpp"
#include "iroh/endpoint/connection.hpp"
#include "iroh/endpoint/endpoint.hpp"
#include "iroh/endpoint/task.hpp"
#include "iroh/identity/endpoint_addr.hpp"

namespace iroh {

namespace blobs {
class PoolState;
}

struct PoolOptions {
  std::chrono::milliseconds idle_timeout{5'000};      ///< a connection that nobody uses is closed after this
  std::chrono::milliseconds connect_timeout{10'000};  ///< includes on_connected
  std::size_t max_connections = 1024;                 ///< attempts included; 0: every attempt is refused
  std::size_t max_attempts = 64;                      ///< at a time
  /// May wait, for a direct path say, or reject by throwing.
  std::function<Task<>(Connection)> on_connected = {};
};

/// A connection in use. The last copy starts the idle time.
class PooledConnection {
 public:
  PooledConnection() noexcept = default;  ///< empty
  explicit operator bool() const noexcept { return use_ != nullptr; }
  const Connection& operator*() const noexcept;
  const Connection* operator->() const noexcept { return &**this; }

 private:
  friend class blobs::PoolState;
  struct Use;
  explicit PooledConnection(std::shared_ptr<const Use> use) noexcept : use_(std::move(use)) {}
  std::shared_ptr<const Use> use_;
};

/// A handle: cheap to copy, safe from any thread. When the last one goes all connections are closed.
class ConnectionPool {
 public:
  ConnectionPool(Endpoint endpoint, std::string alpn, PoolOptions options = {});

  /// Completes with a PooledConnection. Fails with BlobError::too_many_connections, too_many_attempts,
  /// connect_timed_out or rejected (by on_connected), or as Endpoint::connect() does.
  template <class Token = DefaultToken>
  auto get(EndpointAddr addr, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_get, state_, std::move(addr));
  }
  /// Connections now, attempts not included.
  std::size_t size() const;

 private:
  struct Owner;
  using State = std::shared_ptr<blobs::PoolState>;
  static void start_get(CompletionHandler<PooledConnection> handler, State state, EndpointAddr addr);

  State state_;
  std::shared_ptr<Owner> owner_;
};

}  // namespace iroh
