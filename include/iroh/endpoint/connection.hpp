// SPDX-License-Identifier: MIT OR Apache-2.0
/// Connection: an authenticated QUIC connection to another endpoint. [endpoint.md §3.7]
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "iroh/base/bytes.hpp"
#include "iroh/base/result.hpp"
#include "iroh/endpoint/async.hpp"
#include "iroh/endpoint/byte_view.hpp"
#include "iroh/endpoint/close_reason.hpp"
#include "iroh/endpoint/errors.hpp"
#include "iroh/endpoint/path_events.hpp"
#include "iroh/endpoint/stats.hpp"
#include "iroh/endpoint/stream.hpp"
#include "iroh/identity/endpoint_id.hpp"

namespace iroh {

namespace endpoint {
class ConnectionHandle;
class ConnectionState;
}  // namespace endpoint

class WeakConnection;

enum class Side : std::uint8_t { client, server };

/// What became of data that a client sent before the handshake was complete. [endpoint.md §3.6]
enum class EarlyData : std::uint8_t {
  none,      ///< there was none
  accepted,  ///< it is part of the connection, as all other data
  rejected,  ///< streams opened before fail with StreamError::zero_rtt_rejected; everything has to be sent again
};

/// A handle: cheap to copy, safe from any thread. When the last one goes, streams included, the connection closes with
/// code 0. Operations of a lost connection fail with close_reason()->error(); what had arrived before can still be read
/// unless this side closed.
class Connection {
 public:
  Connection() noexcept = default;  ///< empty: every call fails
  explicit operator bool() const noexcept { return handle_ != nullptr; }

  // ---- Streams. Opening waits while the peer's limit is reached. The peer learns of a stream when something is sent.

  /// Completes with a BiStream.
  template <class Token = DefaultToken>
  auto open_bi(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_open_bi, handle_);
  }
  /// Completes with a SendStream.
  template <class Token = DefaultToken>
  auto open_uni(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_open_uni, handle_);
  }
  /// Completes with a BiStream that the peer has opened. A cancelled accept loses none.
  template <class Token = DefaultToken>
  auto accept_bi(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_accept_bi, handle_);
  }
  /// Completes with a RecvStream that the peer has opened. A cancelled accept loses none.
  template <class Token = DefaultToken>
  auto accept_uni(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_accept_uni, handle_);
  }

  // ---- Datagrams: messages that may get lost. [RFC 9221]

  /// Queues it; when the queue is full the oldest goes. Fails with a DatagramError or the connection's error.
  Result<void> send_datagram(Bytes datagram) const;
  Result<void> send_datagram(ByteView datagram) const { return send_datagram(Bytes::copy_of(datagram.span())); }
  /// All or, if one is too large, none. The number queued.
  Result<std::size_t> send_datagrams(std::span<const Bytes> datagrams) const;
  /// Waits for room in the queue instead of dropping the oldest.
  template <class Token = DefaultToken>
  auto send_datagram_wait(Bytes datagram, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_send_datagram_wait, handle_, std::move(datagram));
  }
  /// The same for a batch, in order. As with send_datagrams() nothing is queued if one is too large when the call
  /// begins; DatagramError::too_large also comes if the path shrinks while it waits, and then a part was queued.
  template <class Token = DefaultToken>
  auto send_datagrams_wait(std::vector<Bytes> datagrams, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_send_datagrams_wait, handle_, std::move(datagrams));
  }
  /// Completes with Bytes. A cancelled read loses nothing.
  template <class Token = DefaultToken>
  auto read_datagram(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_read_datagram, handle_);
  }
  /// Completes with a vector of 1 to max datagrams in the order of their arrival; empty at once if max is 0.
  template <class Token = DefaultToken>
  auto read_datagrams(std::size_t max, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_read_datagrams, handle_, max);
  }
  /// Nothing: the peer takes no datagrams, or the connection is lost. May change with the path.
  std::optional<std::size_t> max_datagram_size() const;
  /// Bytes that can be queued before the oldest goes.
  std::size_t datagram_send_buffer_space() const;

  // ---- Handshake. Only connections from connect_early() and accept_early() are given out before it is complete.

  /// Completes with EarlyData, for any connection and as often as it is called. Fails if the handshake does, or with
  /// EndpointError::locally_rejected if a hook does not want the connection.
  template <class Token = DefaultToken>
  auto handshake_completed(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_handshake_completed, handle_);
  }
  bool is_handshake_complete() const;

  // ---- End

  /// At once; nothing further is delivered. The code must be below 2^62 (it is cut otherwise); the reason is cut to fit
  /// one packet.
  void close(std::uint64_t code, std::string_view reason = {}) const;
  /// Completes, never with an error, with the CloseReason once the connection is over.
  template <class Token = DefaultToken>
  auto closed(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_closed, handle_);
  }
  /// Nothing while the connection lives.
  std::optional<CloseReason> close_reason() const;

  // ---- Facts

  /// The peer's key, proven in the handshake. Not for an empty handle, and on a server not before the handshake is
  /// complete; a client that has not completed it gets the key that it dialled.
  const EndpointId& remote_id() const noexcept;
  /// Nothing as long as remote_id() must not be called.
  std::optional<EndpointId> remote_id_if_known() const noexcept;
  /// Empty until the handshake is complete.
  const std::string& alpn() const noexcept;
  Side side() const noexcept;
  /// The same for all handles of a connection, unique within its endpoint.
  std::uint64_t stable_id() const noexcept;
  /// Open paths.
  std::vector<Path> paths() const;
  /// What happens to the paths from now on.
  PathEvents path_events() const;
  /// The list of paths now and whenever it changes.
  PathsStream paths_stream() const;
  /// Smoothed round-trip time of the selected path.
  std::chrono::nanoseconds rtt() const;
  ConnectionStats stats() const;
  /// Key material that both ends, and nobody else, can derive. [RFC 8446 §7.5]
  Result<std::vector<std::byte>> export_keying_material(std::string_view label, ByteView context,
                                                        std::size_t size) const;
  WeakConnection weak_handle() const;

  /// True if both are handles of one connection.
  friend bool operator==(const Connection&, const Connection&) noexcept = default;

 private:
  friend class endpoint::Internals;
  friend class WeakConnection;
  using Handle = std::shared_ptr<endpoint::ConnectionHandle>;
  explicit Connection(Handle handle) noexcept : handle_(std::move(handle)) {}
  static void start_open_bi(CompletionHandler<BiStream> handler, Handle handle);
  static void start_open_uni(CompletionHandler<SendStream> handler, Handle handle);
  static void start_accept_bi(CompletionHandler<BiStream> handler, Handle handle);
  static void start_accept_uni(CompletionHandler<RecvStream> handler, Handle handle);
  static void start_send_datagram_wait(CompletionHandler<> handler, Handle handle, Bytes datagram);
  static void start_send_datagrams_wait(CompletionHandler<> handler, Handle handle, std::vector<Bytes> datagrams);
  static void start_read_datagram(CompletionHandler<Bytes> handler, Handle handle);
  static void start_read_datagrams(CompletionHandler<std::vector<Bytes>> handler, Handle handle, std::size_t max);
  static void start_handshake_completed(CompletionHandler<EarlyData> handler, Handle handle);
  static void start_closed(CompletionHandler<CloseReason> handler, Handle handle);

  Handle handle_;
};

/// What is left of a connection that is over.
struct ClosedConnection {
  CloseReason reason;
  ConnectionStats stats;
};

/// Watches a connection without keeping it open. [endpoint.md 31]
class WeakConnection {
 public:
  WeakConnection() noexcept = default;
  /// An empty Connection if the last strong handle is gone.
  Connection upgrade() const noexcept { return Connection(handle_.lock()); }
  /// Completes with a ClosedConnection, also if the last strong handle went before.
  template <class Token = DefaultToken>
  auto closed(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_closed, state_);
  }

 private:
  friend class Connection;
  static void start_closed(CompletionHandler<ClosedConnection> handler,
                           std::shared_ptr<endpoint::ConnectionState> state);

  std::weak_ptr<endpoint::ConnectionHandle> handle_;
  std::shared_ptr<endpoint::ConnectionState> state_;
};

}  // namespace iroh
