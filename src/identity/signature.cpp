// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/signature.hpp"

#include <algorithm>
#include <ostream>

#include "base/byte_span.hpp"
#include "base/hex.hpp"
#include "iroh/identity/key_error.hpp"

namespace iroh {

Signature::Signature(std::span<const std::byte, size> bytes) noexcept {
  std::ranges::copy(bytes, bytes_.begin());
}

Result<Signature> Signature::from_slice(std::span<const std::byte> bytes) noexcept {
  if (bytes.size() != size) return std::unexpected(make_error_code(KeyError::invalid_length));
  return Signature(bytes.first<size>());
}

Result<Signature> Signature::parse(std::string_view text) {
  if (text.size() != size * 2) return std::unexpected(make_error_code(KeyError::invalid_length));
  std::array<std::byte, size> bytes;
  if (!base::from_hex(text, bytes)) return std::unexpected(make_error_code(KeyError::failed_to_decode_hex));
  return Signature(bytes);
}

std::string Signature::to_string() const {
  return base::to_hex(bytes_);
}

std::ostream& operator<<(std::ostream& out, const Signature& signature) {
  return out << signature.to_string();
}

}  // namespace iroh

std::size_t std::hash<iroh::Signature>::operator()(const iroh::Signature& signature) const noexcept {
  return std::hash<std::string_view>()(iroh::base::as_text(signature.bytes()));
}
