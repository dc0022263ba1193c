// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/ed25519_field.hpp"

namespace iroh::crypto {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t low(Wide value) noexcept {
  return static_cast<std::uint64_t>(value);
}
constexpr std::uint64_t high(Wide value) noexcept {
  return static_cast<std::uint64_t>(value >> 64);
}

// p, and (p - 1) / 2, least significant word first.
constexpr std::array<std::uint64_t, 4> prime = {0xffffffffffffffed, 0xffffffffffffffff, 0xffffffffffffffff,
                                                0x7fffffffffffffff};
constexpr std::array<std::uint64_t, 4> half_of_prime_minus_1 = {0xfffffffffffffff6, 0xffffffffffffffff,
                                                                0xffffffffffffffff, 0x3fffffffffffffff};

/// left += value at the lowest word; returns the carry out of the top.
std::uint64_t add_small(std::array<std::uint64_t, 4>& left, std::uint64_t value) noexcept {
  for (auto& limb : left) {
    const Wide sum = Wide{limb} + value;
    limb = low(sum);
    value = high(sum);
  }
  return value;
}

/// left -= right; returns the borrow.
std::uint64_t subtract(std::array<std::uint64_t, 4>& left, const std::array<std::uint64_t, 4>& right) noexcept {
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const Wide difference = Wide{left[i]} - right[i] - borrow;
    left[i] = low(difference);
    borrow = high(difference) & 1;
  }
  return borrow;
}

}  // namespace

FieldElement FieldElement::from_limbs(const Limbs& limbs) noexcept {
  FieldElement element;
  element.limbs_ = limbs;
  return element;
}

FieldElement FieldElement::from_bytes(std::span<const std::byte, 32> bytes) noexcept {
  FieldElement element;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    element.limbs_[i / 8] |= std::to_integer<std::uint64_t>(bytes[i]) << (i % 8 * 8);
  }
  element.limbs_[3] &= 0x7fffffffffffffff;
  return element;
}

FieldElement::Limbs FieldElement::reduced() const noexcept {
  Limbs value = limbs_;
  // Below 2^256 < 3p: at most two subtractions are needed.
  for (int i = 0; i < 2; ++i) {
    Limbs smaller = value;
    if (subtract(smaller, prime) == 0) value = smaller;
  }
  return value;
}

FieldElement operator+(const FieldElement& left, const FieldElement& right) noexcept {
  FieldElement::Limbs sum = left.limbs_;
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const Wide word = Wide{sum[i]} + right.limbs_[i] + carry;
    sum[i] = low(word);
    carry = high(word);
  }
  // 2^256 is 38 modulo p. The second addition cannot carry again.
  if (add_small(sum, carry * 38) != 0) add_small(sum, 38);
  return FieldElement::from_limbs(sum);
}

FieldElement operator-(const FieldElement& left, const FieldElement& right) noexcept {
  FieldElement::Limbs negated = prime;
  subtract(negated, right.reduced());
  return left + FieldElement::from_limbs(negated);
}

FieldElement operator*(const FieldElement& left, const FieldElement& right) noexcept {
  std::array<std::uint64_t, 8> product{};
  for (std::size_t i = 0; i < 4; ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const Wide word = Wide{left.limbs_[i]} * right.limbs_[j] + product[i + j] + carry;
      product[i + j] = low(word);
      carry = high(word);
    }
    product[i + 4] = carry;
  }
  // The upper half counts 38-fold, and so does what that carries over.
  FieldElement::Limbs result;
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Wide word = Wide{product[i + 4]} * 38 + product[i] + carry;
    result[i] = low(word);
    carry = high(word);
  }
  if (add_small(result, carry * 38) != 0) add_small(result, 38);
  return FieldElement::from_limbs(result);
}

bool operator==(const FieldElement& left, const FieldElement& right) noexcept {
  return left.reduced() == right.reduced();
}

FieldElement FieldElement::power(const std::array<std::uint64_t, 4>& exponent) const noexcept {
  FieldElement result(1);
  for (std::size_t bit = 256; bit-- > 0;) {
    result = result * result;
    if ((exponent[bit / 64] >> (bit % 64) & 1) != 0) result = result * *this;
  }
  return result;
}

bool FieldElement::is_square() const noexcept {
  const FieldElement symbol = power(half_of_prime_minus_1);
  return symbol == FieldElement(0) || symbol == FieldElement(1);
}

}  // namespace iroh::crypto
