// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/transport_addr.hpp"

#include <ostream>

namespace iroh {

std::string TransportAddr::to_string() const {
  if (const auto* url = relay()) return "relay:" + url->to_string();
  if (const auto* addr = ip()) return "ip:" + addr->to_string();
  return "custom:" + std::get<CustomAddr>(value_).to_string();
}

std::ostream& operator<<(std::ostream& out, const TransportAddr& addr) {
  return out << addr.to_string();
}

}  // namespace iroh

std::size_t std::hash<iroh::TransportAddr>::operator()(const iroh::TransportAddr& addr) const noexcept {
  return std::hash<std::variant<iroh::RelayUrl, iroh::SocketAddr, iroh::CustomAddr>>()(addr.value_);
}
