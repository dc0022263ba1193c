// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/endpoint_id.hpp"

#include <algorithm>
#include <ostream>

#include "base/base32.hpp"
#include "base/byte_span.hpp"
#include "base/hex.hpp"
#include "base/try.hpp"
#include "crypto/ed25519.hpp"
#include "identity/key_string.hpp"

namespace iroh {
namespace {

constexpr std::string_view tls_suffix = ".iroh.invalid";

std::unexpected<error_code> failure(KeyError error) {
  return std::unexpected(make_error_code(error));
}

}  // namespace

Result<EndpointId> EndpointId::from_bytes(std::span<const std::byte, size> bytes) noexcept {
  if (!crypto::ed25519_is_valid_point(bytes)) return failure(KeyError::invalid_key_data);
  // [endpoint.md 3] The input is kept verbatim, canonical or not.
  std::array<std::byte, size> copy;
  std::ranges::copy(bytes, copy.begin());
  return EndpointId(copy);
}

Result<EndpointId> EndpointId::from_slice(std::span<const std::byte> bytes) noexcept {
  if (bytes.size() != size) return failure(KeyError::invalid_length);
  return from_bytes(bytes.first<size>());
}

Result<EndpointId> EndpointId::parse(std::string_view text) {
  std::array<std::byte, size> bytes;
  IROH_TRY_VOID(identity::parse_key_string(text, bytes));
  return from_bytes(bytes);
}

Result<EndpointId> EndpointId::from_z_base_32(std::string_view text) {
  const auto bytes = base::from_base32(text, base::Base32::z_base_32);
  if (!bytes) return failure(KeyError::failed_to_decode_base32);
  // [endpoint.md §1.2] Here a wrong length is bad key data.
  if (bytes->size() != size) return failure(KeyError::invalid_key_data);
  return from_slice(*bytes);
}

Result<EndpointId> EndpointId::from_tls_name(std::string_view name) {
  if (!name.ends_with(tls_suffix)) return failure(KeyError::failed_to_decode_base32);
  name.remove_suffix(tls_suffix.size());
  const auto bytes = base::from_base32(name, base::Base32::hex_lower);
  if (!bytes) return failure(KeyError::failed_to_decode_base32);
  return from_slice(*bytes);
}

std::string EndpointId::to_string() const {
  return base::to_hex(bytes_);
}
std::string EndpointId::short_string() const {
  return base::to_hex(std::span(bytes_).first(5));
}
std::string EndpointId::to_z_base_32() const {
  return base::to_base32(bytes_, base::Base32::z_base_32);
}

std::string EndpointId::to_tls_name() const {
  std::string name = base::to_base32(bytes_, base::Base32::hex_lower);
  return name.append(tls_suffix);
}

Result<void> EndpointId::verify(std::span<const std::byte> message, const Signature& signature) const noexcept {
  if (!crypto::ed25519_verify_strict(bytes_, message, signature.bytes())) return failure(KeyError::bad_signature);
  return {};
}

Result<void> EndpointId::verify(std::string_view message, const Signature& signature) const noexcept {
  return verify(base::as_bytes(message), signature);
}

std::ostream& operator<<(std::ostream& out, const EndpointId& id) {
  return out << id.to_string();
}

std::string debug_string(const EndpointId& id) {
  return "PublicKey(" + id.to_string() + ")";
}

}  // namespace iroh

std::size_t std::hash<iroh::EndpointId>::operator()(const iroh::EndpointId& id) const noexcept {
  return std::hash<std::string_view>()(iroh::base::as_text(id.bytes()));
}
