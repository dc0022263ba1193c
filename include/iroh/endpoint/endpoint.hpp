// SPDX-License-Identifier: MIT OR Apache-2.0
/// Endpoint: a key, a set of sockets, and all connections made with them. [endpoint.md §3.3]
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "iroh/base/result.hpp"
#include "iroh/base/socket_addr.hpp"
#include "iroh/endpoint/async.hpp"
#include "iroh/endpoint/connection.hpp"
#include "iroh/endpoint/endpoint_metrics.hpp"
#include "iroh/endpoint/errors.hpp"
#include "iroh/endpoint/incoming.hpp"
#include "iroh/endpoint/options.hpp"
#include "iroh/endpoint/remote_info.hpp"
#include "iroh/identity/endpoint_addr.hpp"
#include "iroh/identity/endpoint_id.hpp"
#include "iroh/identity/endpoint_ticket.hpp"
#include "iroh/identity/secret_key.hpp"

namespace iroh {

namespace endpoint {
class EndpointHandle;
class EndpointState;
}  // namespace endpoint

class WeakEndpoint;

/// A handle: cheap to copy, safe from any thread; it must not outlive the io_context. Close it before the last copy
/// goes: dropping that ends everything at once, and peers are left to their time-outs.
class Endpoint {
 public:
  Endpoint() noexcept = default;  ///< empty: every call fails
  explicit operator bool() const noexcept { return handle_ != nullptr; }

  /// Binds sockets and completes with an Endpoint that lives on the token's executor: in a coroutine, the coroutine's.
  /// Fails with an EndpointError, or with the system's error if a required address cannot be bound.
  template <class Token = DefaultToken>
  static auto bind(EndpointOptions options = {}, Token&& token = Token()) {
    return boost::asio::async_initiate<Token, void(error_code, Endpoint)>(
        [](auto handler, EndpointOptions moved_options) {
          auto executor = io_executor(boost::asio::get_associated_executor(handler));
          start_bind(CompletionHandler<Endpoint>(std::move(handler)), std::move(executor), std::move(moved_options));
        },
        token, std::move(options));
  }
  /// The same on a given executor, for tokens that bring none: callbacks and futures.
  template <class Executor, class Token = DefaultToken>
    requires std::convertible_to<Executor, boost::asio::any_io_executor>
  static auto bind(Executor executor, EndpointOptions options = {}, Token&& token = Token()) {
    return detail::initiate(std::forward<Token>(token), &start_bind, boost::asio::any_io_executor(std::move(executor)),
                            std::move(options));
  }

  /// Not for an empty handle; the same for the following accessors.
  const EndpointId& id() const noexcept;
  const SecretKey& secret_key() const noexcept;
  boost::asio::any_io_executor executor() const;
  /// The id and the addresses where this endpoint can be reached now. [endpoint.md §4.9]
  EndpointAddr addr() const;
  std::vector<SocketAddr> bound_sockets() const;
  /// What was counted so far, also after close(). [observability.md §2.1]
  ///   registry.add_set_prefixed([endpoint] { return endpoint.metrics().set(); });
  EndpointMetrics metrics() const;
  /// Nothing if nothing is known of the remote: it was never named, or not for a minute.
  std::optional<RemoteInfo> remote_info(const EndpointId& remote) const;

  /// Completes with a Connection. Addresses given here are remembered for the remote while there are connections to it,
  /// so that its id alone will do. Fails with an EndpointError, or as a Connection does. [endpoint.md §3.4]
  template <class Token = DefaultToken>
    requires(!std::same_as<std::remove_cvref_t<Token>, ConnectOptions>)
  auto connect(EndpointAddr addr, std::string_view alpn, Token&& token = Token()) const {
    return connect(std::move(addr), alpn, ConnectOptions(), std::forward<Token>(token));
  }
  template <class Token = DefaultToken>
  auto connect(EndpointAddr addr, std::string_view alpn, ConnectOptions options, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_connect, handle_, std::move(addr), std::string(alpn),
                            std::move(options), false);
  }
  template <class Token = DefaultToken>
  auto connect(const EndpointTicket& ticket, std::string_view alpn, Token&& token = Token()) const {
    return connect(ticket.addr(), alpn, ConnectOptions(), std::forward<Token>(token));
  }

  /// As connect(), but if an earlier connection to this remote has left a ticket it completes at once: what is written
  /// now goes out with the first packet, a round trip earlier (0-RTT). An attacker can replay it, and the server may
  /// not take it: Connection::handshake_completed() tells. Without a ticket it completes when connect() would.
  /// [endpoint.md §3.6]
  template <class Token = DefaultToken>
    requires(!std::same_as<std::remove_cvref_t<Token>, ConnectOptions>)
  auto connect_early(EndpointAddr addr, std::string_view alpn, Token&& token = Token()) const {
    return connect_early(std::move(addr), alpn, ConnectOptions(), std::forward<Token>(token));
  }
  template <class Token = DefaultToken>
  auto connect_early(EndpointAddr addr, std::string_view alpn, ConnectOptions options, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_connect, handle_, std::move(addr), std::string(alpn),
                            std::move(options), true);
  }

  /// Completes with an Incoming, an empty one if the endpoint is closed. A cancelled accept loses none.
  ///   while (iroh::Incoming incoming = co_await endpoint.accept()) ...
  template <class Token = DefaultToken>
  auto accept(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_accept, handle_);
  }
  /// Protocols accepted from now on, preferred first. Fails with EndpointError::invalid_alpn, or if closed.
  Result<void> set_alpns(std::vector<std::string> alpns) const;

  /// Closes all connections with code 0 and completes when the peers have answered, or had their time to; then the
  /// sockets are released. Later calls complete at once. [endpoint.md §3.13]
  template <class Token = DefaultToken>
  auto close(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_close, handle_);
  }
  /// True from the call of close() on.
  bool is_closed() const noexcept;
  /// Completes when close() has.
  template <class Token = DefaultToken>
  auto closed(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_closed, handle_);
  }
  WeakEndpoint weak_handle() const;

  /// True if both are handles of one endpoint.
  friend bool operator==(const Endpoint&, const Endpoint&) noexcept = default;

 private:
  friend class endpoint::Internals;
  friend class WeakEndpoint;
  using Handle = std::shared_ptr<endpoint::EndpointHandle>;
  explicit Endpoint(Handle handle) noexcept : handle_(std::move(handle)) {}

  template <class Executor>
  static boost::asio::any_io_executor io_executor(const Executor& executor) {
    if constexpr (std::is_constructible_v<boost::asio::any_io_executor, const Executor&>) {
      return boost::asio::any_io_executor(executor);
    } else {
      return {};
    }
  }
  static void start_bind(CompletionHandler<Endpoint> handler, boost::asio::any_io_executor executor,
                         EndpointOptions options);
  static void start_connect(CompletionHandler<Connection> handler, Handle handle, EndpointAddr addr, std::string alpn,
                            ConnectOptions options, bool is_early);
  static void start_accept(CompletionHandler<Incoming> handler, Handle handle);
  static void start_close(CompletionHandler<> handler, Handle handle);
  static void start_closed(CompletionHandler<> handler, Handle handle);

  Handle handle_;
};

/// Refers to an endpoint without keeping it: for hooks, and for what an endpoint owns.
class WeakEndpoint {
 public:
  WeakEndpoint() noexcept = default;
  /// An empty Endpoint if the last strong handle is gone.
  Endpoint upgrade() const noexcept { return Endpoint(handle_.lock()); }
  /// Completes when the endpoint is closed or its last strong handle gone.
  template <class Token = DefaultToken>
  auto closed(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_closed, state_);
  }

 private:
  friend class Endpoint;
  static void start_closed(CompletionHandler<> handler, std::shared_ptr<endpoint::EndpointState> state);

  std::weak_ptr<endpoint::EndpointHandle> handle_;
  std::shared_ptr<endpoint::EndpointState> state_;
};

}  // namespace iroh
