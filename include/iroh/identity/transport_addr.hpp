// SPDX-License-Identifier: MIT OR Apache-2.0
/// TransportAddr: one way to reach an endpoint. [endpoint.md §1.5]
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>
#include <utility>
#include <variant>

#include "iroh/base/socket_addr.hpp"
#include "iroh/identity/custom_addr.hpp"
#include "iroh/identity/relay_url.hpp"

namespace iroh {

/// A relay, an IP address with port, or an address of a custom transport; it orders in this sequence.
class TransportAddr {
 public:
  TransportAddr(RelayUrl url) : value_(std::move(url)) {}
  TransportAddr(const SocketAddr& addr) : value_(addr) {}
  TransportAddr(CustomAddr addr) : value_(std::move(addr)) {}

  bool is_relay() const noexcept { return relay() != nullptr; }
  bool is_ip() const noexcept { return ip() != nullptr; }
  bool is_custom() const noexcept { return custom() != nullptr; }
  /// nullptr unless the address is of that kind.
  const RelayUrl* relay() const noexcept { return std::get_if<RelayUrl>(&value_); }
  const SocketAddr* ip() const noexcept { return std::get_if<SocketAddr>(&value_); }
  const CustomAddr* custom() const noexcept { return std::get_if<CustomAddr>(&value_); }

  /// "relay:<url>", "ip:<addr>" or "custom:<text>"; for display, there is no parser.
  std::string to_string() const;

  friend bool operator==(const TransportAddr&, const TransportAddr&) noexcept = default;
  friend std::strong_ordering operator<=>(const TransportAddr&, const TransportAddr&) noexcept = default;

 private:
  friend struct std::hash<TransportAddr>;
  std::variant<RelayUrl, SocketAddr, CustomAddr> value_;
};

/// Writes to_string().
std::ostream& operator<<(std::ostream& out, const TransportAddr& addr);

}  // namespace iroh

template <>
struct std::hash<iroh::TransportAddr> {
  std::size_t operator()(const iroh::TransportAddr& addr) const noexcept;
};
