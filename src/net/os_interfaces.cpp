// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/os_interfaces.hpp"

#include <ifaddrs.h>
#include <net/if.h>

#include <cstring>
#include <memory>

#include "net/system_address.hpp"

namespace iroh::net {
namespace {

std::optional<SocketAddr> address_of(const ifaddrs& entry) {
  if (entry.ifa_addr == nullptr) return std::nullopt;
  const auto family = entry.ifa_addr->sa_family;
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  sockaddr_storage storage{};
  std::memcpy(&storage, entry.ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  return from_system(storage);
}

}  // namespace

std::vector<InterfaceAddr> os_interface_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::vector<InterfaceAddr> out;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    const auto addr = address_of(*entry);
    if (!addr) continue;
    out.push_back({.name = entry->ifa_name,
                   .ip = addr->ip(),
                   .scope_id = addr->scope_id(),
                   .is_loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0,
                   .is_up = (entry->ifa_flags & IFF_UP) != 0});
  }
  return out;
}

}  // namespace iroh::net
