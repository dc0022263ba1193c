// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/pipe/alpn.hpp"

#include "tools/lib/failure.hpp"

namespace iroh::tools {
namespace {

constexpr std::string_view text_prefix = "utf8:";

int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  throw Failure("invalid ALPN: neither utf8: and text, nor hex");
}

std::string from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) throw Failure("invalid ALPN: an odd number of hex digits");
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(digit_value(hex[i]) << 4 | digit_value(hex[i + 1]));
  }
  return bytes;
}

}  // namespace

// [tools.md 32] A protocol of the user's own has no handshake, and is not empty.
PipeProtocol pipe_protocol(const std::optional<std::string>& custom_alpn) {
  if (!custom_alpn) return {};
  const std::string_view value = *custom_alpn;
  PipeProtocol protocol{std::string(), false};
  protocol.alpn = value.starts_with(text_prefix) ? std::string(value.substr(text_prefix.size())) : from_hex(value);
  if (protocol.alpn.empty()) throw Failure("invalid ALPN: it is empty");
  if (protocol.alpn.size() > 255) throw Failure("invalid ALPN: more than 255 bytes");
  return protocol;
}

}  // namespace iroh::tools
