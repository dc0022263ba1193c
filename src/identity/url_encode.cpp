// SPDX-License-Identifier: MIT OR Apache-2.0
#include "identity/url_encode.hpp"

#include <charconv>

namespace iroh::identity {
namespace {

constexpr bool contains(std::string_view set, char c) noexcept {
  return set.find(c) != std::string_view::npos;
}

constexpr bool needs_encoding(char c, UrlPart part) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || byte > 0x7e) return true;
  switch (part) {
    case UrlPart::opaque:
      return false;
    case UrlPart::fragment:
      return contains(" \"<>`", c);
    case UrlPart::query:
      return contains(" \"#<>", c);
    case UrlPart::special_query:
      return contains(" \"#<>'", c);
    case UrlPart::path:
      return contains(" \"#<>?^`{}", c);
    case UrlPart::user_info:
      return contains(" \"#<>?^`{}/:;=@[\\]|", c);
  }
  return true;
}

}  // namespace

void append_percent_encoded(std::string& out, std::string_view text, UrlPart part) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : text) {
    if (!needs_encoding(c, part)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && text.size() - i > 2) {
      const char* digits = text.data() + i + 1;
      if (std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
        decoded += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    decoded += text[i];
  }
  return decoded;
}

}  // namespace iroh::identity
