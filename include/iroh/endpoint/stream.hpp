// SPDX-License-Identifier: MIT OR Apache-2.0
/// The two ends of a stream. Handles are cheap to copy, safe from any thread, and keep the connection open. At most one
/// read and one write of a stream may be pending; a second one fails with StreamError::busy. [endpoint.md §3.7]
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "iroh/base/bytes.hpp"
#include "iroh/base/result.hpp"
#include "iroh/endpoint/async.hpp"
#include "iroh/endpoint/byte_view.hpp"
#include "iroh/endpoint/errors.hpp"

namespace iroh {

namespace endpoint {
class SendHandle;
class RecvHandle;
class Internals;
}  // namespace endpoint

/// The sending end. When the last copy goes, the stream is finished unless it was reset.
///
/// Writes fail with stream_stopped_category() once the peer wants no more, and with the connection's error once that is
/// lost. A completed write means that the bytes are buffered, not that they have arrived; stopped() tells that.
class SendStream {
 public:
  SendStream() noexcept = default;  ///< empty: every call fails
  explicit operator bool() const noexcept { return handle_ != nullptr; }

  std::uint64_t id() const noexcept;

  /// Writes at least one byte, unless data is empty. Completes with the number written.
  template <class Token = DefaultToken>
  auto write_some(ByteView data, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_write_some, handle_, data);
  }
  /// Writes everything; it is copied as the peer gives room, so data must live until then. A cancelled write has
  /// written a part.
  template <class Token = DefaultToken>
  auto write_all(ByteView data, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_write_all, handle_, data);
  }
  /// Writes everything without copying it.
  template <class Token = DefaultToken>
  auto write_all(Bytes data, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_write_bytes, handle_, std::move(data));
  }
  /// The same for several slices, in order.
  template <class Token = DefaultToken>
  auto write_chunks(std::vector<Bytes> chunks, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_write_chunks, handle_, std::move(chunks));
  }
  /// Writes what can be buffered now; boost::asio::error::would_block if that is nothing.
  Result<std::size_t> try_write(ByteView data) const;

  /// No more will be written. Fails with StreamError::closed if the stream is finished or reset already.
  Result<void> finish() const;
  /// Gives up: the peer gets the code, below 2^62, instead of what it has not received yet.
  Result<void> reset(std::uint64_t code) const;
  /// Completes when the peer has everything up to the finish, with nothing; or when it wants no more, with its code.
  template <class Token = DefaultToken>
  auto stopped(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_stopped, handle_);
  }

  /// Streams of higher priority are sent first; 0 unless set.
  Result<void> set_priority(int priority) const;
  Result<int> priority() const;

 private:
  friend class endpoint::Internals;
  using Handle = std::shared_ptr<endpoint::SendHandle>;
  explicit SendStream(Handle handle) noexcept : handle_(std::move(handle)) {}
  static void start_write_some(CompletionHandler<std::size_t> handler, Handle handle, ByteView data);
  static void start_write_all(CompletionHandler<> handler, Handle handle, ByteView data);
  static void start_write_bytes(CompletionHandler<> handler, Handle handle, Bytes data);
  static void start_write_chunks(CompletionHandler<> handler, Handle handle, std::vector<Bytes> chunks);
  static void start_stopped(CompletionHandler<std::optional<std::uint64_t>> handler, Handle handle);

  Handle handle_;
};

/// The receiving end. When the last copy goes before the end was read, the peer is told to stop, with code 0.
///
/// The end of the stream is no error: reads complete with nothing (empty Bytes, no chunks, 0 bytes). Reads fail with
/// stream_reset_category() if the peer gave up, and with the connection's error if that was lost before the end. Only
/// read_exact() and read_to_end() lose what they had read when they are cancelled.
class RecvStream {
 public:
  static constexpr std::size_t default_read_size = std::size_t{64} << 10;
  static constexpr std::size_t default_chunk_count = 64;

  RecvStream() noexcept = default;  ///< empty: every call fails
  explicit operator bool() const noexcept { return handle_ != nullptr; }

  std::uint64_t id() const noexcept;

  /// Opened by early data, of which an attacker may have sent a copy before: do not act on it twice. [endpoint.md §3.6]
  bool is_0rtt() const noexcept;

  /// What is there, at least 1 and at most max bytes, in one piece: copied only if it arrived in several.
  template <class Token = DefaultToken>
  auto read(std::size_t max = default_read_size, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_read, handle_, max);
  }
  /// What is there in the pieces in which it arrived, never copied: the fastest way to read.
  template <class Token = DefaultToken>
  auto read_chunks(std::size_t max_count = default_chunk_count, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_read_chunks, handle_, max_count);
  }
  /// Fills the front of the caller's memory with what is there; completes with the number of bytes.
  template <class Token = DefaultToken>
  auto read_some(ByteBuffer out, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_read_some, handle_, out);
  }
  /// Exactly size bytes; StreamError::ended_early if there are fewer.
  template <class Token = DefaultToken>
  auto read_exact(std::size_t size, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_read_exact, handle_, size);
  }
  /// Everything up to the end; StreamError::too_long if that is more than limit.
  template <class Token = DefaultToken>
  auto read_to_end(std::size_t limit, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_read_to_end, handle_, limit);
  }
  /// As read(), at once; boost::asio::error::would_block if nothing is there.
  Result<Bytes> try_read(std::size_t max = default_read_size) const;

  /// Wants no more; the peer gets the code, below 2^62. What is unread is dropped.
  Result<void> stop(std::uint64_t code) const;
  /// Completes when the peer resets the stream, with its code, or when the end was read, with nothing. It does not
  /// read: a stream that nobody reads does not end.
  template <class Token = DefaultToken>
  auto received_reset(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_received_reset, handle_);
  }

 private:
  friend class endpoint::Internals;
  using Handle = std::shared_ptr<endpoint::RecvHandle>;
  explicit RecvStream(Handle handle) noexcept : handle_(std::move(handle)) {}
  static void start_read(CompletionHandler<Bytes> handler, Handle handle, std::size_t max);
  static void start_read_chunks(CompletionHandler<std::vector<Bytes>> handler, Handle handle, std::size_t max_count);
  static void start_read_some(CompletionHandler<std::size_t> handler, Handle handle, ByteBuffer out);
  static void start_read_exact(CompletionHandler<Bytes> handler, Handle handle, std::size_t size);
  static void start_read_to_end(CompletionHandler<Bytes> handler, Handle handle, std::size_t limit);
  static void start_received_reset(CompletionHandler<std::optional<std::uint64_t>> handler, Handle handle);

  Handle handle_;
};

/// auto [send, recv] = co_await connection.open_bi();
struct BiStream {
  SendStream send;
  RecvStream recv;
};

namespace detail {
void start_copy(CompletionHandler<std::uint64_t> handler, RecvStream from, SendStream to);
}

/// Copies until the end of `from`, without copying bytes in memory; does not finish `to`. Completes with the byte
/// count.
template <class Token = DefaultToken>
auto copy(RecvStream from, SendStream to, Token&& token = Token()) {
  return detail::initiate(std::forward<Token>(token), &detail::start_copy, std::move(from), std::move(to));
}

}  // namespace iroh
