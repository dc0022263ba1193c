// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/base/socket_addr.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <ostream>

#include "base/try.hpp"
#include "iroh/base/parse_error.hpp"

namespace iroh {
namespace {

std::unexpected<error_code> failure(ParseError error) {
  return std::unexpected(make_error_code(error));
}

/// The whole text as a decimal number; no sign, no blanks.
template <class T>
std::optional<T> parse_decimal(std::string_view text, std::size_t max_digits) noexcept {
  T value{};
  if (text.size() > max_digits) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The part between the brackets and the part after "]:".
Result<SocketAddr> parse_v6(std::string_view host, std::string_view port_text) {
  std::uint32_t scope_id = 0;
  if (const auto percent = host.find('%'); percent != std::string_view::npos) {
    const auto zone = parse_decimal<std::uint32_t>(host.substr(percent + 1), 10);
    if (!zone) return failure(ParseError::invalid_zone);
    scope_id = *zone;
    host = host.substr(0, percent);
  }
  IROH_TRY(ip, IpAddr::parse(host));
  if (ip.is_v4()) return failure(ParseError::invalid_ip_address);
  const auto port = parse_decimal<std::uint16_t>(port_text, 5);
  if (!port) return failure(ParseError::invalid_port);
  return SocketAddr(ip, *port, 0, scope_id);
}

}  // namespace

Result<SocketAddr> SocketAddr::parse(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find("]:");
    if (close == std::string_view::npos) return failure(ParseError::invalid_socket_address);
    return parse_v6(text.substr(1, close - 1), text.substr(close + 2));
  }
  const auto colon = text.find(':');
  // A second colon means an IPv6 address without its brackets.
  if (colon == std::string_view::npos || colon != text.rfind(':')) return failure(ParseError::invalid_socket_address);
  if (text.substr(0, colon).find('%') != std::string_view::npos) return failure(ParseError::invalid_zone);
  IROH_TRY(ip, IpAddr::parse(text.substr(0, colon)));
  const auto port = parse_decimal<std::uint16_t>(text.substr(colon + 1), 5);
  if (!port) return failure(ParseError::invalid_port);
  return SocketAddr(ip, *port);
}

std::string SocketAddr::to_string() const {
  if (is_v4()) return fmt::format("{}:{}", ip_.to_string(), port_);
  if (scope_id_ == 0) return fmt::format("[{}]:{}", ip_.to_string(), port_);
  return fmt::format("[{}%{}]:{}", ip_.to_string(), scope_id_, port_);
}

std::ostream& operator<<(std::ostream& out, const SocketAddr& addr) {
  return out << addr.to_string();
}

}  // namespace iroh

std::size_t std::hash<iroh::SocketAddr>::operator()(const iroh::SocketAddr& addr) const noexcept {
  const std::size_t rest = addr.port() ^ std::size_t{addr.flow_info()} << 16 ^ std::size_t{addr.scope_id()} << 32;
  return std::hash<iroh::IpAddr>()(addr.ip()) * 31 ^ std::hash<std::size_t>()(rest);
}
