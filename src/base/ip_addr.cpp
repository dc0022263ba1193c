// SPDX-License-Identifier: MIT OR Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <ostream>
#include <span>

#include "base/assert.hpp"
#include "iroh/base/parse_error.hpp"
#include "iroh/base/socket_addr.hpp"

namespace iroh {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const IpAddr::V6& octets) noexcept {
  return std::equal(mapped_prefix.begin(), mapped_prefix.end(), octets.begin());
}

/// Takes a number of at most max_digits digits off the front.
std::optional<unsigned> take_number(std::string_view& text, int base, std::size_t max_digits) noexcept {
  unsigned value = 0;
  const std::size_t limit = std::min(text.size(), max_digits);
  const auto [end, error] = std::from_chars(text.data(), text.data() + limit, value, base);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// Takes the character off the front if it stands there.
bool take(std::string_view& text, char c) noexcept {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<IpAddr::V4> parse_v4(std::string_view text) noexcept {
  IpAddr::V4 octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (i > 0 && !take(text, '.')) return std::nullopt;
    // A leading zero could mean octal to someone else.
    if (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') return std::nullopt;
    const auto octet = take_number(text, 10, 3);
    if (!octet || *octet > 255) return std::nullopt;
    octets[i] = static_cast<std::uint8_t>(*octet);
  }
  return text.empty() ? std::optional(octets) : std::nullopt;
}

/// Reads groups up to the end or to a "::" into out; returns how many octets it wrote.
std::optional<std::size_t> take_groups(std::string_view& text, std::span<std::uint8_t> out) noexcept {
  std::size_t size = 0;
  while (!text.empty() && !text.starts_with("::")) {
    if (size > 0 && !take(text, ':')) return std::nullopt;
    // The last 32 bits may be written as an IPv4 address.
    if (text.find('.') != std::string_view::npos && text.find(':') == std::string_view::npos) {
      const auto v4 = parse_v4(text);
      if (!v4 || out.size() - size < v4->size()) return std::nullopt;
      std::ranges::copy(*v4, out.begin() + static_cast<std::ptrdiff_t>(size));
      text = {};
      return size + v4->size();
    }
    const auto group = take_number(text, 16, 4);
    if (!group || out.size() - size < 2) return std::nullopt;
    out[size++] = static_cast<std::uint8_t>(*group >> 8);
    out[size++] = static_cast<std::uint8_t>(*group & 0xff);
  }
  return size;
}

std::optional<IpAddr::V6> parse_v6(std::string_view text) noexcept {
  IpAddr::V6 octets{};
  const auto head = take_groups(text, octets);
  if (!head) return std::nullopt;
  if (text.empty()) return *head == octets.size() ? std::optional(octets) : std::nullopt;
  text.remove_prefix(2);
  IpAddr::V6 after{};
  const auto tail = take_groups(text, after);
  // "::" stands for one group of zeros at least.
  if (!tail || !text.empty() || *head + *tail > octets.size() - 2) return std::nullopt;
  std::copy_n(after.begin(), *tail, octets.end() - static_cast<std::ptrdiff_t>(*tail));
  return octets;
}

std::string v4_text(std::span<const std::uint8_t> octets) {
  return fmt::format("{}.{}.{}.{}", octets[0], octets[1], octets[2], octets[3]);
}

/// The first of the longest runs of two or more zero groups: [begin, end), empty if there is none. [RFC 5952 §4.2]
std::pair<std::size_t, std::size_t> longest_zero_run(const std::array<unsigned, 8>& groups) noexcept {
  std::pair<std::size_t, std::size_t> best{0, 0};
  for (std::size_t begin = 0; begin < groups.size();) {
    std::size_t end = begin;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - begin >= 2 && end - begin > best.second - best.first) best = {begin, end};
    begin = end + 1;
  }
  return best;
}

std::string v6_text(const IpAddr::V6& octets) {
  if (is_mapped(octets)) return "::ffff:" + v4_text(std::span(octets).last(4));
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = octets[2 * i] * 256u + octets[2 * i + 1];
  const auto [zeros_begin, zeros_end] = longest_zero_run(groups);
  std::string text;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == zeros_begin && zeros_end > zeros_begin) {
      text += "::";
      i = zeros_end - 1;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    text += fmt::format("{:x}", groups[i]);
  }
  return text;
}

}  // namespace

Result<IpAddr> IpAddr::parse(std::string_view text) {
  if (const auto v4 = parse_v4(text)) return IpAddr(*v4);
  if (const auto v6 = parse_v6(text)) return IpAddr(*v6);
  return std::unexpected(make_error_code(ParseError::invalid_ip_address));
}

IpAddr::V4 IpAddr::v4() const noexcept {
  IROH_ASSERT(is_v4());
  return {octets_[0], octets_[1], octets_[2], octets_[3]};
}

IpAddr::V6 IpAddr::v6() const noexcept {
  if (is_v6_) return octets_;
  V6 mapped{};
  std::ranges::copy(mapped_prefix, mapped.begin());
  std::copy_n(octets_.begin(), 4, mapped.begin() + 12);
  return mapped;
}

bool IpAddr::is_unspecified() const noexcept {
  return octets_ == V6{};
}
bool IpAddr::is_loopback() const noexcept {
  return is_v6_ ? *this == v6_loopback() : octets_[0] == 127;
}

bool IpAddr::is_link_local() const noexcept {
  if (is_v6_) return octets_[0] == 0xfe && (octets_[1] & 0xc0) == 0x80;
  return octets_[0] == 169 && octets_[1] == 254;
}

bool IpAddr::is_multicast() const noexcept {
  return is_v6_ ? octets_[0] == 0xff : (octets_[0] & 0xf0) == 0xe0;
}

IpAddr IpAddr::canonical() const noexcept {
  if (!is_v6_ || !is_mapped(octets_)) return *this;
  return IpAddr(V4{octets_[12], octets_[13], octets_[14], octets_[15]});
}

std::string IpAddr::to_string() const {
  return is_v6_ ? v6_text(octets_) : v4_text(octets_);
}

std::ostream& operator<<(std::ostream& out, const IpAddr& ip) {
  return out << ip.to_string();
}

}  // namespace iroh

std::size_t std::hash<iroh::IpAddr>::operator()(const iroh::IpAddr& ip) const noexcept {
  const auto octets = ip.v6();
  const std::string_view bytes(reinterpret_cast<const char*>(octets.data()), octets.size());
  return std::hash<std::string_view>()(bytes) ^ static_cast<std::size_t>(ip.is_v6());
}
