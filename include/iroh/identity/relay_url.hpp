// SPDX-License-Identifier: MIT OR Apache-2.0
/// RelayUrl: where a relay server is, as a normalised URL. [endpoint.md §1.6]
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "iroh/base/result.hpp"
#include "iroh/identity/addr_error.hpp"

namespace iroh {

/// A URL by the rules of the WHATWG URL standard, compared, ordered and hashed by its normalised text.
///
/// Any scheme but file parses; only http, https, ws and wss can work for a relay. A trailing dot of the host counts:
/// "https://example.com./" and "https://example.com/" are different relays. A host beyond ASCII is stored in punycode
/// (IDNA2008, as UTS #46 non-transitional); one that is already ASCII is only lower-cased, its xn-- labels are not
/// judged.
class RelayUrl {
 public:
  /// Fails with one of the url_ errors of AddrError.
  static Result<RelayUrl> parse(std::string_view text);

  /// The normalised URL.
  const std::string& to_string() const noexcept { return text_; }
  std::string_view scheme() const noexcept { return std::string_view(text_).substr(0, scheme_size_); }
  /// As it stands in the URL: an IPv6 address has its brackets, a trailing dot is kept. Empty if there is none.
  std::string_view host() const noexcept { return std::string_view(text_).substr(host_begin_, host_size_); }
  /// The port if the URL names one that is not the default of its scheme.
  std::optional<std::uint16_t> port() const noexcept { return port_; }

  friend bool operator==(const RelayUrl& left, const RelayUrl& right) noexcept { return left.text_ == right.text_; }
  friend std::strong_ordering operator<=>(const RelayUrl& left, const RelayUrl& right) noexcept {
    return left.text_ <=> right.text_;
  }

 private:
  RelayUrl() = default;

  std::string text_;
  std::size_t scheme_size_ = 0;
  std::size_t host_begin_ = 0;
  std::size_t host_size_ = 0;
  std::optional<std::uint16_t> port_;
};

/// Writes to_string().
std::ostream& operator<<(std::ostream& out, const RelayUrl& url);
/// RelayUrl("<url>")
std::string debug_string(const RelayUrl& url);

}  // namespace iroh

template <>
struct std::hash<iroh::RelayUrl> {
  std::size_t operator()(const iroh::RelayUrl& url) const noexcept;
};
