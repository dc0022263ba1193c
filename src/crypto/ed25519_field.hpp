// SPDX-License-Identifier: MIT OR Apache-2.0
// Arithmetic modulo p = 2^255 - 19, as much as judging encoded points takes. For public values only: running times show
// the operands. libsodium's own check is stricter than iroh's, hence this file. [endpoint.md §1.2]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace iroh::crypto {

/// An integer modulo p, kept below 2^256, not always reduced.
class FieldElement {
 public:
  constexpr FieldElement() noexcept = default;
  constexpr explicit FieldElement(std::uint64_t value) noexcept : limbs_{value, 0, 0, 0} {}
  /// Little-endian; the top bit is ignored, values from p to 2^255 - 1 are reduced.
  static FieldElement from_bytes(std::span<const std::byte, 32> bytes) noexcept;

  friend FieldElement operator+(const FieldElement& left, const FieldElement& right) noexcept;
  friend FieldElement operator-(const FieldElement& left, const FieldElement& right) noexcept;
  friend FieldElement operator*(const FieldElement& left, const FieldElement& right) noexcept;
  friend bool operator==(const FieldElement& left, const FieldElement& right) noexcept;

  /// This to the power of an exponent given as little-endian words.
  FieldElement power(const std::array<std::uint64_t, 4>& exponent) const noexcept;
  /// True for 0 and for every square. [Euler's criterion]
  bool is_square() const noexcept;

 private:
  using Limbs = std::array<std::uint64_t, 4>;  // least significant first
  static FieldElement from_limbs(const Limbs& limbs) noexcept;
  Limbs reduced() const noexcept;

  Limbs limbs_{};
};

}  // namespace iroh::crypto
