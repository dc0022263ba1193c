// SPDX-License-Identifier: MIT OR Apache-2.0
/// SecretKey: the 32-byte Ed25519 seed that an endpoint's identity is derived from. [endpoint.md §1.1]
#pragma once

#include <array>
#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

#include "iroh/base/result.hpp"
#include "iroh/identity/endpoint_id.hpp"
#include "iroh/identity/key_error.hpp"
#include "iroh/identity/signature.hpp"

namespace iroh {

/// Every 32 bytes are a secret key. It never prints itself (streaming gives "SecretKey(..)"), and every object wipes
/// its memory when it dies or is moved from; a moved-from key may only be destroyed or assigned to.
class SecretKey {
 public:
  static constexpr std::size_t size = 32;

  /// A new key from the system's random source.
  static SecretKey generate();
  static SecretKey from_bytes(std::span<const std::byte, size> seed);
  /// Fails with KeyError::invalid_length unless there are 32 bytes.
  static Result<SecretKey> from_slice(std::span<const std::byte> seed);
  /// 64 lower-case hex digits, or 52 base32 symbols (RFC 4648, no padding) in any case. Fails with a KeyError.
  static Result<SecretKey> parse(std::string_view text);

  SecretKey(const SecretKey&) noexcept = default;
  SecretKey& operator=(const SecretKey&) noexcept = default;
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  ~SecretKey();

  /// The seed itself.
  std::span<const std::byte, size> bytes() const noexcept { return seed_; }
  /// The seed as 64 lower-case hex digits: what parse() reads. It reveals the key and nobody wipes it.
  std::string to_hex() const;
  const PublicKey& public_key() const noexcept { return public_key_; }

  /// Plain Ed25519, deterministic. [endpoint.md 1]
  Signature sign(std::span<const std::byte> message) const;
  Signature sign(std::string_view message) const;

  /// Takes the same time whatever the keys are.
  friend bool operator==(const SecretKey& left, const SecretKey& right) noexcept;

 private:
  SecretKey(const std::array<std::byte, size>& seed, const PublicKey& public_key) noexcept;

  std::array<std::byte, size> seed_;
  PublicKey public_key_;
};

/// Writes "SecretKey(..)". [endpoint.md 5]
std::ostream& operator<<(std::ostream& out, const SecretKey& key);

}  // namespace iroh
