// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/system_address.hpp"

#include <cstring>

namespace iroh::net {

in_addr to_system_v4(const IpAddr& ip) {
  in_addr out{};
  const auto octets = ip.v4();
  std::memcpy(&out, octets.data(), octets.size());
  return out;
}

in6_addr to_system_v6(const IpAddr& ip) {
  in6_addr out{};
  const auto octets = ip.v6();
  std::memcpy(&out, octets.data(), octets.size());
  return out;
}

IpAddr from_system(const in_addr& ip) {
  IpAddr::V4 octets;
  std::memcpy(octets.data(), &ip, octets.size());
  return IpAddr(octets);
}

IpAddr from_system(const in6_addr& ip) {
  IpAddr::V6 octets;
  std::memcpy(octets.data(), &ip, octets.size());
  return IpAddr(octets);
}

SystemAddress::SystemAddress(const SocketAddr& addr) {
  if (addr.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(addr.port());
    v4.sin_addr = to_system_v4(addr.ip());
    std::memcpy(&storage, &v4, sizeof v4);
    size = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(addr.port());
    v6.sin6_flowinfo = htonl(addr.flow_info());
    v6.sin6_addr = to_system_v6(addr.ip());
    v6.sin6_scope_id = addr.scope_id();
    std::memcpy(&storage, &v6, sizeof v6);
    size = sizeof v6;
  }
}

std::optional<SocketAddr> from_system(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &storage, sizeof v4);
    return SocketAddr(from_system(v4.sin_addr), ntohs(v4.sin_port));
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &storage, sizeof v6);
    return SocketAddr(from_system(v6.sin6_addr), ntohs(v6.sin6_port), ntohl(v6.sin6_flowinfo), v6.sin6_scope_id);
  }
  return std::nullopt;
}

}  // namespace iroh::net
