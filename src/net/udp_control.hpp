// SPDX-License-Identifier: MIT OR Apache-2.0
// Control messages of UDP on Linux: ECN mark, local address, segment size, drop counter. [quic.md §7.10]
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "iroh/base/socket_addr.hpp"

namespace iroh::net {

/// What goes along with a send; absent parts take no room.
struct SendControl {
  std::uint8_t ecn = 0;
  std::optional<IpAddr> local;
  std::size_t segment_size = 0;  ///< 0: one datagram

  friend bool operator==(const SendControl&, const SendControl&) = default;
};

/// The encoded form, attached to a message header. Must stay where it is while the header is in use.
class SendControlBuffer {
 public:
  SendControlBuffer(const SendControl& control, bool is_v6);
  SendControlBuffer(const SendControlBuffer&) = delete;
  SendControlBuffer& operator=(const SendControlBuffer&) = delete;
  void attach_to(msghdr& header) noexcept;

 private:
  template <class T>
  void append(int level, int type, const T& value);

  static constexpr std::size_t capacity =
      CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(std::uint16_t));
  alignas(cmsghdr) std::byte bytes_[capacity]{};
  std::size_t size_ = 0;
};

/// What came along with a received message.
struct ReceiveControl {
  std::uint8_t ecn = 0;
  std::optional<IpAddr> local;
  std::size_t segment_size = 0;             ///< 0: the message is one datagram
  std::optional<std::uint32_t> drop_count;  ///< of the socket so far, wrapping

  static constexpr std::size_t buffer_bytes = 256;
};

/// header is as recvmsg left it.
ReceiveControl parse_control(const msghdr& header);

}  // namespace iroh::net
