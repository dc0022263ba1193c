// SPDX-License-Identifier: MIT OR Apache-2.0
#include "identity/url.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "base/utf8.hpp"
#include "identity/url_encode.hpp"
#include "identity/url_host.hpp"
#include "iroh/identity/addr_error.hpp"

namespace iroh::identity {
namespace {

constexpr auto npos = std::string_view::npos;

std::unexpected<error_code> failure(AddrError error) {
  return std::unexpected(make_error_code(error));
}

constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
constexpr bool is_letter(char c) noexcept {
  return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}
constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// The default port of a special scheme; nothing for every other scheme.
std::optional<std::uint16_t> default_port(std::string_view scheme) noexcept {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  if (scheme == "ftp") return 21;
  return std::nullopt;
}

/// Without blanks and controls at the ends, and without tabs and line breaks anywhere.
std::string strip(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  std::string stripped(text);
  std::erase_if(stripped, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  return stripped;
}

/// Takes "scheme:" off the front.
std::optional<std::string> take_scheme(std::string_view& text) {
  const auto colon = text.find(':');
  if (colon == npos || colon == 0 || !is_letter(text.front())) return std::nullopt;
  std::string scheme(text.substr(0, colon));
  std::ranges::transform(scheme, scheme.begin(), to_lower);
  const bool is_valid = std::ranges::all_of(
      scheme, [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
  if (!is_valid) return std::nullopt;
  text.remove_prefix(colon + 1);
  return scheme;
}

/// Cuts the text at the separator and returns the part behind it, encoded and with the separator in front.
std::string take_tail(std::string_view& text, char separator, UrlPart part) {
  const auto at = text.find(separator);
  if (at == npos) return {};
  std::string tail(1, separator);
  append_percent_encoded(tail, text.substr(at + 1), part);
  text = text.substr(0, at);
  return tail;
}

std::string normalise_user_info(std::string_view text) {
  const auto colon = text.find(':');
  std::string normalised;
  append_percent_encoded(normalised, text.substr(0, colon), UrlPart::user_info);
  if (colon != npos && colon + 1 < text.size()) {
    normalised += ':';
    append_percent_encoded(normalised, text.substr(colon + 1), UrlPart::user_info);
  }
  if (!normalised.empty()) normalised += '@';
  return normalised;
}

/// Any number of digits, as long as the value fits; an empty port is none.
Result<std::optional<std::uint16_t>> parse_port(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return failure(AddrError::url_invalid_port);
  return port;
}

Result<void> parse_authority(Url& url, std::string_view text) {
  const auto default_of_scheme = default_port(url.scheme);
  const auto at = text.rfind('@');
  if (at != npos) {
    url.user_info = normalise_user_info(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  const auto bracket = text.starts_with('[') ? text.find(']') : npos;
  const auto colon = text.find(':', bracket == npos ? 0 : bracket);
  const std::string_view host = text.substr(0, colon);
  if (host.empty() && (at != npos || colon != npos)) return failure(AddrError::url_empty_host);
  IROH_TRY(normalised, default_of_scheme ? normalise_host(host) : normalise_opaque_host(host));
  IROH_TRY(port, parse_port(colon == npos ? std::string_view() : text.substr(colon + 1)));
  url.host = std::move(normalised);
  if (port != default_of_scheme) url.port = port;
  return {};
}

enum class DotSegment { none, single_dot, double_dot };

DotSegment dot_segment(std::string_view segment) {
  std::string text(segment);
  std::ranges::transform(text, text.begin(), to_lower);
  for (auto at = text.find("%2e"); at != std::string::npos; at = text.find("%2e")) text.replace(at, 3, ".");
  return text == "." ? DotSegment::single_dot : text == ".." ? DotSegment::double_dot : DotSegment::none;
}

/// The path behind its first slash, without dot segments.
std::string normalise_path(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> segments;
  for (bool is_last = false; !is_last;) {
    const auto slash = text.find_first_of(separators);
    is_last = slash == npos;
    const std::string_view segment = text.substr(0, slash);
    if (!is_last) text.remove_prefix(slash + 1);
    const DotSegment dots = dot_segment(segment);
    if (dots == DotSegment::double_dot && !segments.empty()) segments.pop_back();
    if (dots == DotSegment::none)
      segments.push_back(segment);
    else if (is_last)
      segments.push_back({});
  }
  std::string path;
  for (const std::string_view segment : segments) {
    path += '/';
    append_percent_encoded(path, segment, UrlPart::path);
  }
  return path;
}

/// http, https, ws, wss, ftp: any number of slashes of either kind, an authority, a path.
Result<void> parse_special(Url& url, std::string_view text) {
  constexpr std::string_view separators = "/\\";
  text.remove_prefix(std::min(text.find_first_not_of(separators), text.size()));
  const auto path_begin = std::min(text.find_first_of(separators), text.size());
  IROH_TRY_VOID(parse_authority(url, text.substr(0, path_begin)));
  text.remove_prefix(std::min(path_begin + 1, text.size()));
  url.path = normalise_path(text, separators);
  return {};
}

Result<void> parse_other(Url& url, std::string_view text) {
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const auto path_begin = std::min(text.find('/'), text.size());
    IROH_TRY_VOID(parse_authority(url, text.substr(0, path_begin)));
    text.remove_prefix(path_begin);
  } else if (!text.starts_with('/')) {
    append_percent_encoded(url.path, text, UrlPart::opaque);
    return {};
  }
  if (!text.empty()) url.path = normalise_path(text.substr(1), "/");
  // Without a host, "//" at the front of the path would be read back as one.
  if (!url.host && url.path.starts_with("//")) url.path.insert(0, "/.");
  return {};
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  if (!base::is_utf8(text)) return failure(AddrError::url_not_utf8);
  const std::string stripped = strip(text);
  std::string_view rest = stripped;
  auto scheme = take_scheme(rest);
  if (!scheme) return failure(AddrError::url_without_scheme);
  if (*scheme == "file") return failure(AddrError::url_unsupported_scheme);
  Url url;
  url.scheme = *std::move(scheme);
  const bool is_special = default_port(url.scheme).has_value();
  url.fragment = take_tail(rest, '#', UrlPart::fragment);
  url.query = take_tail(rest, '?', is_special ? UrlPart::special_query : UrlPart::query);
  IROH_TRY_VOID(is_special ? parse_special(url, rest) : parse_other(url, rest));
  return url;
}

}  // namespace iroh::identity
