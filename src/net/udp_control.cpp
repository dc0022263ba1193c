// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/udp_control.hpp"

#include <netinet/udp.h>

#include <cstring>
#include <span>

#include "base/assert.hpp"
#include "net/system_address.hpp"

namespace iroh::net {
namespace {

constexpr std::uint8_t ecn_mask = 3;

template <class T>
T read(std::span<const std::byte> data) {
  T value{};
  std::memcpy(&value, data.data(), data.size() < sizeof value ? data.size() : sizeof value);
  return value;
}

// The kernel sends the traffic class as one byte or as an int, depending on family and version.
std::uint8_t read_ecn(std::span<const std::byte> data) {
  const int value = data.size() >= sizeof(int) ? read<int>(data) : read<std::uint8_t>(data);
  return static_cast<std::uint8_t>(value & ecn_mask);
}

void read_one(int level, int type, std::span<const std::byte> data, ReceiveControl& out) {
  if (level == IPPROTO_IP && type == IP_TOS) {
    out.ecn = read_ecn(data);
  } else if (level == IPPROTO_IPV6 && type == IPV6_TCLASS) {
    out.ecn = read_ecn(data);
  } else if (level == IPPROTO_IP && type == IP_PKTINFO) {
    out.local = from_system(read<in_pktinfo>(data).ipi_addr);
  } else if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO) {
    out.local = from_system(read<in6_pktinfo>(data).ipi6_addr);
  } else if (level == SOL_UDP && type == UDP_GRO) {
    const int size = read<int>(data);
    out.segment_size = size > 0 ? static_cast<std::size_t>(size) : 0;
  } else if (level == SOL_SOCKET && type == SO_RXQ_OVFL) {
    out.drop_count = read<std::uint32_t>(data);
  }
}

}  // namespace

template <class T>
void SendControlBuffer::append(int level, int type, const T& value) {
  IROH_ASSERT(size_ + CMSG_SPACE(sizeof value) <= capacity);
  cmsghdr header{};
  header.cmsg_len = CMSG_LEN(sizeof value);
  header.cmsg_level = level;
  header.cmsg_type = type;
  std::memcpy(bytes_ + size_, &header, sizeof header);
  std::memcpy(bytes_ + size_ + CMSG_LEN(0), &value, sizeof value);
  size_ += CMSG_SPACE(sizeof value);
}

SendControlBuffer::SendControlBuffer(const SendControl& control, bool is_v6) {
  if (control.ecn != 0) {
    append(is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_TCLASS : IP_TOS, static_cast<int>(control.ecn & ecn_mask));
  }
  if (control.local && control.local->is_v6() == is_v6) {
    if (is_v6) {
      append(IPPROTO_IPV6, IPV6_PKTINFO, in6_pktinfo{.ipi6_addr = to_system_v6(*control.local), .ipi6_ifindex = 0});
    } else {
      append(IPPROTO_IP, IP_PKTINFO,
             in_pktinfo{.ipi_ifindex = 0, .ipi_spec_dst = to_system_v4(*control.local), .ipi_addr = {}});
    }
  }
  if (control.segment_size != 0) append(SOL_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(control.segment_size));
}

void SendControlBuffer::attach_to(msghdr& header) noexcept {
  header.msg_control = size_ > 0 ? bytes_ : nullptr;
  header.msg_controllen = size_;
}

ReceiveControl parse_control(const msghdr& header) {
  ReceiveControl out;
  const std::span all(static_cast<const std::byte*>(header.msg_control), header.msg_controllen);
  std::size_t at = 0;
  while (all.size() - at >= sizeof(cmsghdr)) {
    const auto one = read<cmsghdr>(all.subspan(at));
    if (one.cmsg_len < CMSG_LEN(0) || one.cmsg_len > all.size() - at) break;
    read_one(one.cmsg_level, one.cmsg_type, all.subspan(at + CMSG_LEN(0), one.cmsg_len - CMSG_LEN(0)), out);
    const std::size_t step = CMSG_ALIGN(one.cmsg_len);
    if (step > all.size() - at) break;
    at += step;
  }
  return out;
}

}  // namespace iroh::net
