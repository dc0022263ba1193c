// SPDX-License-Identifier: MIT OR Apache-2.0
/// EndpointAddr: an endpoint's id and what is known of where it is. [endpoint.md §1.5]
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "iroh/base/result.hpp"
#include "iroh/identity/endpoint_id.hpp"
#include "iroh/identity/transport_addr.hpp"

namespace iroh {

/// An id and a set of addresses, sorted and without duplicates. An empty set is fine: dialling then depends on address
/// lookup.
class EndpointAddr {
 public:
  /// Implicit: an id alone is an address.
  EndpointAddr(const EndpointId& id) : id_(id) {}
  EndpointAddr(const EndpointId& id, std::vector<TransportAddr> addrs);

  /// {"id":"<hex>","addrs":[{"Ip":"192.0.2.1:443"}]}. Fails with AddrError, KeyError or ParseError.
  static Result<EndpointAddr> from_json(std::string_view text);
  /// Reads either form of custom addresses; bytes after the value are ignored. Fails with AddrError or KeyError.
  static Result<EndpointAddr> from_postcard(std::span<const std::byte> bytes);

  const EndpointId& id() const noexcept { return id_; }
  /// In order: relays, IPv4, IPv6, custom.
  std::span<const TransportAddr> addrs() const noexcept { return addrs_; }
  bool is_empty() const noexcept { return addrs_.empty(); }
  bool contains(const TransportAddr& addr) const noexcept;

  /// A view of const RelayUrl&; 0 or 1 is usual, more are allowed.
  auto relay_urls() const {
    return addrs_ | std::views::filter(&TransportAddr::is_relay) |
           std::views::transform([](const TransportAddr& addr) -> const RelayUrl& { return *addr.relay(); });
  }
  /// A view of const SocketAddr&.
  auto ip_addrs() const {
    return addrs_ | std::views::filter(&TransportAddr::is_ip) |
           std::views::transform([](const TransportAddr& addr) -> const SocketAddr& { return *addr.ip(); });
  }

  /// False if the address was there already.
  bool insert(TransportAddr addr);
  /// False if the address was not there.
  bool remove(const TransportAddr& addr);

  EndpointAddr with_addr(TransportAddr addr) const;
  EndpointAddr with_relay_url(RelayUrl url) const { return with_addr(std::move(url)); }
  EndpointAddr with_ip_addr(const SocketAddr& addr) const { return with_addr(addr); }
  EndpointAddr with_addrs(std::span<const TransportAddr> addrs) const;
  /// The id and the relay URLs alone: what a short ticket holds. [tools.md §3.2]
  EndpointAddr relay_urls_only() const;

  std::string to_json() const;
  std::vector<std::byte> to_postcard(CustomAddrForm form = CustomAddrForm::iroh_1_4) const;
  /// The id and, in brackets, the addresses; for display.
  std::string to_string() const;

  friend bool operator==(const EndpointAddr&, const EndpointAddr&) noexcept = default;
  friend std::strong_ordering operator<=>(const EndpointAddr&, const EndpointAddr&) noexcept = default;

 private:
  EndpointId id_;
  std::vector<TransportAddr> addrs_;
};

/// Writes to_string().
std::ostream& operator<<(std::ostream& out, const EndpointAddr& addr);

}  // namespace iroh

template <>
struct std::hash<iroh::EndpointAddr> {
  std::size_t operator()(const iroh::EndpointAddr& addr) const noexcept;
};
