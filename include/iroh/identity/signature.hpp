// SPDX-License-Identifier: MIT OR Apache-2.0
/// Signature: 64 bytes of Ed25519, R then S. [endpoint.md §1.4]
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

namespace iroh {

/// Made by SecretKey::sign(), judged by EndpointId::verify(). Any 64 bytes are a Signature.
class Signature {
 public:
  static constexpr std::size_t size = 64;

  explicit Signature(std::span<const std::byte, size> bytes) noexcept;
  /// Fails with KeyError::invalid_length.
  static Result<Signature> from_slice(std::span<const std::byte> bytes) noexcept;
  /// 128 lower-case hex digits. Fails with KeyError::invalid_length or KeyError::failed_to_decode_hex.
  static Result<Signature> parse(std::string_view text);

  const std::array<std::byte, size>& bytes() const noexcept { return bytes_; }
  /// 128 lower-case hex digits.
  std::string to_string() const;

  friend bool operator==(const Signature&, const Signature&) noexcept = default;
  friend std::strong_ordering operator<=>(const Signature&, const Signature&) noexcept = default;

 private:
  std::array<std::byte, size> bytes_;
};

std::ostream& operator<<(std::ostream& out, const Signature& signature);

}  // namespace iroh

template <>
struct std::hash<iroh::Signature> {
  std::size_t operator()(const iroh::Signature& signature) const noexcept;
};
