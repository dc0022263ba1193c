// SPDX-License-Identifier: MIT OR Apache-2.0
/// IP addresses and socket addresses as plain values: comparable, hashable, printable, parsed by parse().
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "iroh/base/result.hpp"

namespace iroh {

/// An IPv4 or IPv6 address. Every IPv4 address orders before every IPv6 address, then by octets.
class IpAddr {
 public:
  using V4 = std::array<std::uint8_t, 4>;
  using V6 = std::array<std::uint8_t, 16>;

  constexpr IpAddr() noexcept = default;  ///< 0.0.0.0
  constexpr explicit IpAddr(const V4& octets) noexcept : octets_{octets[0], octets[1], octets[2], octets[3]} {}
  constexpr explicit IpAddr(const V6& octets) noexcept : is_v6_(true), octets_(octets) {}

  static Result<IpAddr> parse(std::string_view text);
  static constexpr IpAddr v4_loopback() noexcept { return IpAddr(V4{127, 0, 0, 1}); }
  static constexpr IpAddr v6_loopback() noexcept { return IpAddr(V6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}); }
  static constexpr IpAddr v6_any() noexcept { return IpAddr(V6{}); }

  constexpr bool is_v4() const noexcept { return !is_v6_; }
  constexpr bool is_v6() const noexcept { return is_v6_; }
  /// The 4 octets of an IPv4 address; must be one.
  V4 v4() const noexcept;
  /// The 16 octets of an IPv6 address, or the IPv4-mapped form of an IPv4 address.
  V6 v6() const noexcept;
  bool is_unspecified() const noexcept;
  bool is_loopback() const noexcept;
  bool is_link_local() const noexcept;
  bool is_multicast() const noexcept;
  /// ::ffff:a.b.c.d becomes a.b.c.d, everything else stays. [endpoint.md 42]
  IpAddr canonical() const noexcept;
  std::string to_string() const;

  friend constexpr auto operator<=>(const IpAddr&, const IpAddr&) noexcept = default;

 private:
  bool is_v6_ = false;
  std::array<std::uint8_t, 16> octets_{};  // IPv4: the first 4, the others 0
};

/// An IP address with a port; IPv6 also carries flow info and scope id. Orders by address, port, flow info, scope id.
/// [endpoint.md §1.5]
class SocketAddr {
 public:
  constexpr SocketAddr() noexcept = default;
  constexpr SocketAddr(IpAddr ip, std::uint16_t port, std::uint32_t flow_info = 0, std::uint32_t scope_id = 0) noexcept
      : ip_(ip), port_(port), flow_info_(flow_info), scope_id_(scope_id) {}

  /// "192.0.2.1:443", "[2001:db8::1]:443" or "[fe80::1%3]:443" (numeric zone).
  static Result<SocketAddr> parse(std::string_view text);

  constexpr const IpAddr& ip() const noexcept { return ip_; }
  constexpr std::uint16_t port() const noexcept { return port_; }
  constexpr std::uint32_t flow_info() const noexcept { return flow_info_; }
  constexpr std::uint32_t scope_id() const noexcept { return scope_id_; }
  constexpr bool is_v4() const noexcept { return ip_.is_v4(); }
  constexpr bool is_v6() const noexcept { return ip_.is_v6(); }
  SocketAddr canonical() const noexcept {
    return {ip_.canonical(), port_, ip_.canonical().is_v4() ? 0 : flow_info_, ip_.canonical().is_v4() ? 0 : scope_id_};
  }
  std::string to_string() const;

  friend constexpr auto operator<=>(const SocketAddr&, const SocketAddr&) noexcept = default;

 private:
  IpAddr ip_;
  std::uint16_t port_ = 0;
  std::uint32_t flow_info_ = 0;
  std::uint32_t scope_id_ = 0;
};

std::ostream& operator<<(std::ostream& out, const IpAddr& ip);
std::ostream& operator<<(std::ostream& out, const SocketAddr& addr);

}  // namespace iroh

template <>
struct std::hash<iroh::IpAddr> {
  std::size_t operator()(const iroh::IpAddr& ip) const noexcept;
};
template <>
struct std::hash<iroh::SocketAddr> {
  std::size_t operator()(const iroh::SocketAddr& addr) const noexcept;
};
