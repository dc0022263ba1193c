// SPDX-License-Identifier: MIT OR Apache-2.0
#include "identity/url_host.hpp"

#include <fmt/format.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/utf8.hpp"
#include "identity/url_encode.hpp"
#include "iroh/base/socket_addr.hpp"
#include "iroh/identity/addr_error.hpp"

namespace iroh::identity {
namespace {

std::unexpected<error_code> failure(AddrError error) {
  return std::unexpected(make_error_code(error));
}

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_ascii(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Code points that no host may hold; a name (not an opaque host) may hold neither controls nor '%'.
bool has_forbidden(std::string_view host, bool is_name) noexcept {
  constexpr std::string_view forbidden = " #/:<>?@[\\]^|";
  return std::ranges::any_of(host, [&](char c) {
    if (forbidden.find(c) != std::string_view::npos || c == '\0' || c == '\t' || c == '\n' || c == '\r') return true;
    return is_name && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '%');
  });
}

std::string to_lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return text;
}

/// Maps a name beyond ASCII to punycode. GnuTLS lends us its libidn2.
std::optional<std::string> idna_map(const std::string& name) {
  if (name.find('\0') != std::string::npos) return std::nullopt;
  gnutls_datum_t mapped{nullptr, 0};
  if (gnutls_idna_map(name.c_str(), static_cast<unsigned>(name.size()), &mapped, 0) < 0) return std::nullopt;
  std::string text(reinterpret_cast<const char*>(mapped.data), mapped.size);
  gnutls_free(mapped.data);
  return is_ascii(text) ? std::optional(std::move(text)) : std::nullopt;
}

Result<std::string> normalise_v6(std::string_view text) {
  const auto ip = IpAddr::parse(text);
  if (!ip || ip->is_v4()) return failure(AddrError::url_invalid_host);
  const auto octets = ip->v6();
  const auto group = [&](std::size_t i) { return octets[2 * i] * 256u + octets[2 * i + 1]; };
  // URLs write IPv4-mapped addresses in hex groups, unlike the usual text.
  if (ip->canonical().is_v4()) return fmt::format("[::ffff:{:x}:{:x}]", group(6), group(7));
  return '[' + ip->to_string() + ']';
}

std::vector<std::string_view> split_labels(std::string_view host) {
  std::vector<std::string_view> labels;
  for (;;) {
    const auto dot = host.find('.');
    labels.push_back(host.substr(0, dot));
    if (dot == std::string_view::npos) break;
    host.remove_prefix(dot + 1);
  }
  if (labels.size() > 1 && labels.back().empty()) labels.pop_back();
  return labels;
}

/// A decimal, octal (0...) or hexadecimal (0x...) part of an IPv4 address.
std::optional<std::uint64_t> parse_v4_part(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.front() == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  if (text.empty()) return 0;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  // A number too large for the type is too large for an address as well.
  if (error == std::errc::result_out_of_range) return UINT64_MAX;
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A host whose last label looks like a number is an IPv4 address or an error, never a name.
bool ends_in_number(std::string_view last_label) noexcept {
  if (!last_label.empty() && std::ranges::all_of(last_label, is_digit)) return true;
  return last_label.starts_with("0x") && parse_v4_part(last_label).has_value();
}

/// 1 to 4 parts; the last one fills all the octets that are left.
Result<std::string> normalise_v4(const std::vector<std::string_view>& parts) {
  if (parts.size() > 4) return failure(AddrError::url_invalid_host);
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_last = i + 1 == parts.size();
    const std::size_t octets = is_last ? 5 - parts.size() : 1;
    const auto value = parse_v4_part(parts[i]);
    if (!value || *value >> (8 * octets) != 0) return failure(AddrError::url_invalid_host);
    address = address << (8 * octets) | *value;
  }
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

}  // namespace

Result<std::string> normalise_host(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return failure(AddrError::url_invalid_host);
    return normalise_v6(text.substr(1, text.size() - 2));
  }
  std::string name = percent_decode(text);
  if (name.empty()) return failure(AddrError::url_empty_host);
  if (!base::is_utf8(name)) return failure(AddrError::url_invalid_host);
  if (!is_ascii(name)) {
    auto mapped = idna_map(name);
    if (!mapped || mapped->empty()) return failure(AddrError::url_invalid_host);
    name = *std::move(mapped);
  }
  name = to_lower(std::move(name));
  if (has_forbidden(name, true)) return failure(AddrError::url_invalid_host);
  const auto labels = split_labels(name);
  if (ends_in_number(labels.back())) return normalise_v4(labels);
  return name;
}

Result<std::string> normalise_opaque_host(std::string_view text) {
  if (text.starts_with('[')) return normalise_host(text);
  if (has_forbidden(text, false)) return failure(AddrError::url_invalid_host);
  std::string host;
  append_percent_encoded(host, text, UrlPart::opaque);
  return host;
}

}  // namespace iroh::identity
