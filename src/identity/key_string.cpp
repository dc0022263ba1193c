// SPDX-License-Identifier: MIT OR Apache-2.0
#include "identity/key_string.hpp"

#include <algorithm>

#include "base/base32.hpp"
#include "base/hex.hpp"
#include "crypto/system_random.hpp"
#include "iroh/identity/key_error.hpp"

namespace iroh::identity {

Result<void> parse_key_string(std::string_view text, std::span<std::byte, 32> out) {
  constexpr std::size_t hex_length = 64;
  constexpr std::size_t base32_length = 52;
  // [endpoint.md 2] 64 bytes are judged as hex and as nothing else; only base32 may be in any case.
  if (text.size() == hex_length) {
    if (!base::from_hex(text, out)) return std::unexpected(make_error_code(KeyError::failed_to_decode_hex));
    return {};
  }
  if (text.size() != base32_length) return std::unexpected(make_error_code(KeyError::invalid_length));
  auto bytes = base::from_base32_any_case(text);
  if (!bytes) return std::unexpected(make_error_code(KeyError::failed_to_decode_base32));
  std::ranges::copy(*bytes, out.begin());
  crypto::wipe(*bytes);  // it may be a secret key
  return {};
}

}  // namespace iroh::identity
