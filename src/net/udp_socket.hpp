// SPDX-License-Identifier: MIT OR Apache-2.0
// The UDP socket as the endpoint sees it: trains of datagrams in, trains of datagrams out, readiness in between.
// Implementations: the operating system (make_os_platform) and the simulated world (tests/sim).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "iroh/base/bytes.hpp"
#include "iroh/base/socket_addr.hpp"

namespace iroh::net {

/// The two ECN bits of the IP header. [RFC 3168 §5]
inline constexpr std::uint8_t ecn_not_ect = 0;
inline constexpr std::uint8_t ecn_ect1 = 1;
inline constexpr std::uint8_t ecn_ect0 = 2;
inline constexpr std::uint8_t ecn_ce = 3;

/// Trains that one receive() hands out at most. [performance.md 2.2]
inline constexpr std::size_t receive_batches_max = 8;
/// Datagrams in one train, and its bytes: what the kernel segments in one call (an IPv4 datagram's payload).
inline constexpr std::size_t train_segments_max = 64;
inline constexpr std::size_t train_bytes_max = 65'507;

/// Datagrams of one sender, each segment_size bytes long; only the last may be shorter. Never empty.
struct ReceivedBatch {
  SocketAddr remote;
  std::optional<IpAddr> local;  ///< the address it was sent to, if the system tells
  std::uint8_t ecn = ecn_not_ect;
  SharedBufferRef buffer;        ///< keeps payload alive; whoever holds the only reference may write to it
  std::span<std::byte> payload;  ///< inside buffer
  std::size_t segment_size = 0;  ///< payload.size() if it is one datagram
};

/// Datagrams to one destination, each segment_size bytes long; only the last may be shorter.
struct SendBatch {
  SocketAddr remote;
  std::optional<IpAddr> local;  ///< the address to send from; none: the system chooses
  std::uint8_t ecn = ecn_not_ect;
  std::span<const std::byte> payload;
  std::size_t segment_size =
      0;  ///< payload.size() if it is one datagram; more segments than max_segments() are allowed
};

/// Errors do not reach QUIC: a datagram that could not be sent is counted and becomes a loss. [endpoint.md §4.3]
enum class SendStatus {
  sent,         ///< the socket has taken the whole batch over
  would_block,  ///< it has taken nothing: wait until writable, then send the batch again
};

enum class Wait : std::uint8_t { readable, writable };

/// Counters since the socket was opened; they only grow, except the sizes.
struct UdpSocketStats {
  std::uint64_t receive_calls = 0;  ///< system calls that returned at least one message
  std::uint64_t received_batches = 0;
  std::uint64_t received_datagrams = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t receive_errors = 0;
  std::uint64_t kernel_drops = 0;  ///< datagrams that found the socket's receive buffer full
  std::uint64_t send_calls = 0;
  std::uint64_t sent_datagrams = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t send_errors = 0;         ///< datagrams swallowed because the system refused them
  std::size_t receive_buffer_bytes = 0;  ///< what the system granted
  std::size_t send_buffer_bytes = 0;
};

/// Belongs to one executor: all calls come from it, all handlers run through it.
class UdpSocket {
 public:
  UdpSocket() = default;
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;
  /// Closes.
  virtual ~UdpSocket() = default;

  /// The address that the socket is bound to, with the real port.
  virtual SocketAddr local_addr() const = 0;

  /// Fills out from the front with what has arrived and returns how many; 0 means: nothing now. At most
  /// receive_batches_max. Network errors are counted, never reported.
  virtual std::size_t receive(std::span<ReceivedBatch> out) = 0;

  virtual SendStatus send(const SendBatch& batch) = 0;

  /// Calls handler once, through the executor, when the socket looks readable or writable. One wait per direction; a
  /// second one replaces the first. close() destroys the handler without calling it.
  virtual void async_wait(Wait direction, std::move_only_function<void()> handler) = 0;

  /// Datagrams that go out in one system call: 1 without segmentation offload. It can fall while the socket is in use.
  virtual std::size_t max_segments() const = 0;
  /// True if datagrams may be fragmented on the way: then MTU discovery means nothing. [quic.md §7.10]
  virtual bool may_fragment() const = 0;

  virtual UdpSocketStats stats() const = 0;

  /// True while memory is held that only traffic needs; trim() gives it back. [performance.md §4]
  virtual bool can_trim() const { return false; }
  virtual void trim() {}

  /// Afterwards receive() finds nothing and send() swallows everything.
  virtual void close() = 0;
};

}  // namespace iroh::net
