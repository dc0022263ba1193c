// SPDX-License-Identifier: MIT OR Apache-2.0
// Sends trains of datagrams and copes with kernels and drivers that refuse a part of it: segmentation offload, ECN
// marks, a source address. What is refused is left out, the same datagrams go out in the same call, and it is
// remembered. [quic.md §7.10] [cases.md C-004]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "net/udp_control.hpp"
#include "net/udp_socket.hpp"
#include "net/udp_socket_options.hpp"
#include "net/udp_syscalls.hpp"

namespace iroh::net {

class UdpSender {
 public:
  UdpSender(const UdpSyscalls& syscalls, const UdpSocketOptions& options)
      : syscalls_(syscalls), has_gso_(options.gso), has_ecn_(options.ecn), has_pktinfo_(options.pktinfo) {}

  /// Takes the whole batch over (what the system does not take now is kept as the backlog) or nothing.
  SendStatus send(int fd, const SendBatch& batch);

  /// True while the rest of a batch waits here: call flush() when the socket is writable.
  bool has_backlog() const { return !backlog_.bytes.empty(); }
  /// Returns true if nothing waits any more.
  bool flush(int fd);

  std::size_t max_segments() const { return has_gso_ ? train_segments_max : 1; }
  bool has_ecn() const { return has_ecn_; }

  std::uint64_t calls = 0;
  std::uint64_t sent_datagrams = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t errors = 0;  ///< datagrams swallowed

 private:
  /// The rest of one batch, at most train_bytes_max long unless the caller's batch was longer: send() takes nothing
  /// more until it is gone.
  struct Backlog {
    SocketAddr remote;
    std::optional<IpAddr> local;
    std::uint8_t ecn = 0;
    std::size_t segment_size = 0;
    std::vector<std::byte> bytes;
    std::size_t done = 0;
  };
  /// What became of a datagram sent alone.
  enum class Single { sent_as_asked, sent_with_less, failed, would_block };

  std::size_t send_until_blocked(int fd, const SendBatch& batch);
  std::optional<std::size_t> send_some(int fd, const SendBatch& batch);
  std::optional<std::size_t> send_train(int fd, const SendBatch& batch);
  std::optional<std::size_t> after_refused_train(int fd, const SendBatch& train, int error);
  std::optional<std::size_t> send_one_by_one(int fd, const SendBatch& batch);
  std::optional<std::size_t> settle_single(int fd, const SendBatch& datagram);
  Single send_single(int fd, const SendBatch& datagram);
  Single send_with_less(int fd, const SendBatch& datagram, const SendControl& asked, int error);

  SendControl control_for(const SendBatch& batch) const;
  int transmit(int fd, const SendBatch& batch, const SendControl& control);
  void count_sent(std::size_t datagrams, std::size_t bytes);
  void keep(const SendBatch& batch, std::size_t done);

  UdpSyscalls syscalls_;
  bool has_gso_;
  bool has_ecn_;
  bool has_pktinfo_;
  std::optional<IpAddr> refused_local_;  // the last source address that the system refused: it has gone
  Backlog backlog_;
};

}  // namespace iroh::net
