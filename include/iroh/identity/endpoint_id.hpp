// SPDX-License-Identifier: MIT OR Apache-2.0
/// EndpointId: the public key that names an endpoint. Dialling means naming one. [endpoint.md §1.2]
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

#include "iroh/base/result.hpp"
#include "iroh/identity/key_error.hpp"
#include "iroh/identity/signature.hpp"

namespace iroh {

/// An Ed25519 public key: 32 bytes that decompress to a point of the curve, kept as they came.
///
/// There is no default value. Equality, order and hash are those of the 32 bytes, so two encodings of one point are two
/// ids. Small-order points and non-canonical encodings are ids too; nothing signed by them verifies.
class EndpointId {
 public:
  static constexpr std::size_t size = 32;

  /// Fails with KeyError::invalid_key_data if the bytes are no point.
  static Result<EndpointId> from_bytes(std::span<const std::byte, size> bytes) noexcept;
  /// As from_bytes(), and fails with KeyError::invalid_length unless there are 32 bytes.
  static Result<EndpointId> from_slice(std::span<const std::byte> bytes) noexcept;
  /// 64 lower-case hex digits, or 52 base32 symbols (RFC 4648, no padding) in any case. Fails with a KeyError.
  static Result<EndpointId> parse(std::string_view text);
  /// 52 symbols of z-base-32. Fails with KeyError::failed_to_decode_base32 or KeyError::invalid_key_data.
  static Result<EndpointId> from_z_base_32(std::string_view text);
  /// The name that to_tls_name() writes. Fails with a KeyError. [endpoint.md §2.6]
  static Result<EndpointId> from_tls_name(std::string_view name);

  const std::array<std::byte, size>& bytes() const noexcept { return bytes_; }
  /// 64 lower-case hex digits.
  std::string to_string() const;
  /// The first 10 hex digits; for logs only.
  std::string short_string() const;
  /// 52 symbols; the form used in DNS names and pkarr URLs.
  std::string to_z_base_32() const;
  /// base32hex and ".iroh.invalid": a device of this machine, never sent. [endpoint.md §2.6]
  std::string to_tls_name() const;

  /// Strict: refuses S >= L and small-order A or R. Fails with KeyError::bad_signature. [endpoint.md 4]
  Result<void> verify(std::span<const std::byte> message, const Signature& signature) const noexcept;
  Result<void> verify(std::string_view message, const Signature& signature) const noexcept;

  friend bool operator==(const EndpointId&, const EndpointId&) noexcept = default;
  friend std::strong_ordering operator<=>(const EndpointId&, const EndpointId&) noexcept = default;

 private:
  friend class SecretKey;  // a derived key needs no check
  explicit EndpointId(const std::array<std::byte, size>& bytes) noexcept : bytes_(bytes) {}

  std::array<std::byte, size> bytes_;
};

/// The same type under the name that cryptographers use.
using PublicKey = EndpointId;

/// Writes to_string().
std::ostream& operator<<(std::ostream& out, const EndpointId& id);
/// "PublicKey(" + hex + ")".
std::string debug_string(const EndpointId& id);

}  // namespace iroh

template <>
struct std::hash<iroh::EndpointId> {
  std::size_t operator()(const iroh::EndpointId& id) const noexcept;
};
