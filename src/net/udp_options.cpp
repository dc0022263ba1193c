// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/udp_options.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>

#include "net/system_address.hpp"

namespace iroh::net {
namespace {

// In <linux/in6.h>, which cannot be included beside <netinet/in.h>.
constexpr int ipv6_dontfrag = 62;

std::unexpected<error_code> last_error() {
  return std::unexpected(error_code(errno, boost::system::system_category()));
}

bool set_option(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

std::optional<int> get_option(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(fd, level, name, &value, &size) != 0) return std::nullopt;
  return value;
}

// [quic.md §7.10] PROBE sets the don't-fragment bit and ignores the kernel's idea of the path MTU: QUIC has its own.
bool forbid_fragmentation(int fd, bool is_v6) {
  if (!is_v6) return set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  const bool is_probing = set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
  return set_option(fd, IPPROTO_IPV6, ipv6_dontfrag, 1) && is_probing;
}

UdpSocketOptions set_offers(int fd, bool is_v6, UdpSocketOptions wanted) {
  wanted.ecn = wanted.ecn &&
               (is_v6 ? set_option(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1) : set_option(fd, IPPROTO_IP, IP_RECVTOS, 1));
  wanted.pktinfo = wanted.pktinfo && (is_v6 ? set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                                            : set_option(fd, IPPROTO_IP, IP_PKTINFO, 1));
  wanted.gro = wanted.gro && set_option(fd, SOL_UDP, UDP_GRO, 1);
  // A kernel that can read the option knows the control message of the same name (Linux 4.18).
  wanted.gso = wanted.gso && get_option(fd, SOL_UDP, UDP_SEGMENT).has_value();
  return wanted;
}

std::size_t set_buffer(int fd, int name, std::size_t wanted) {
  const auto capped = std::min<std::size_t>(wanted, std::numeric_limits<int>::max() / 2);
  set_option(fd, SOL_SOCKET, name, static_cast<int>(capped));  // [endpoint.md §4.6] a refusal is ignored
  return static_cast<std::size_t>(std::max(0, get_option(fd, SOL_SOCKET, name).value_or(0)));
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<OpenUdpSocket> open_udp_socket(const SocketAddr& local, const UdpSocketOptions& wanted) {
  const bool is_v6 = local.is_v6();
  OpenUdpSocket out;
  out.fd = FileDescriptor(::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
  const int fd = out.fd.get();
  if (fd < 0) return last_error();
  // [endpoint.md §4.6] An IPv6 socket that also took IPv4 would hide the IPv4 socket of the same port.
  if (is_v6 && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return last_error();

  out.may_fragment = !forbid_fragmentation(fd, is_v6);
  out.options = set_offers(fd, is_v6, wanted);
  set_option(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
  out.receive_buffer_bytes = set_buffer(fd, SO_RCVBUF, wanted.buffer_bytes);
  out.send_buffer_bytes = set_buffer(fd, SO_SNDBUF, wanted.buffer_bytes);

  const SystemAddress address(local);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) return last_error();
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return last_error();
  out.local = from_system(bound).value_or(local);
  return out;
}

}  // namespace iroh::net
