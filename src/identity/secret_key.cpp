// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/secret_key.hpp"

#include <algorithm>
#include <ostream>

#include "base/byte_span.hpp"
#include "base/hex.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/system_random.hpp"
#include "identity/key_string.hpp"

namespace iroh {
namespace {

/// A seed on the way into a key: wiped whatever way the function is left.
struct TemporarySeed {
  std::array<std::byte, SecretKey::size> bytes{};

  TemporarySeed() = default;
  TemporarySeed(const TemporarySeed&) = delete;
  TemporarySeed& operator=(const TemporarySeed&) = delete;
  ~TemporarySeed() { crypto::wipe(bytes); }
};

}  // namespace

SecretKey::SecretKey(const std::array<std::byte, size>& seed, const PublicKey& public_key) noexcept
    : seed_(seed), public_key_(public_key) {}

SecretKey SecretKey::generate() {
  TemporarySeed seed;
  crypto::system_random().fill(seed.bytes);
  return from_bytes(seed.bytes);
}

SecretKey SecretKey::from_bytes(std::span<const std::byte, size> seed) {
  TemporarySeed copy;
  std::ranges::copy(seed, copy.bytes.begin());
  return SecretKey(copy.bytes, PublicKey(crypto::ed25519_public_key(seed)));
}

Result<SecretKey> SecretKey::from_slice(std::span<const std::byte> seed) {
  if (seed.size() != size) return std::unexpected(make_error_code(KeyError::invalid_length));
  return from_bytes(seed.first<size>());
}

Result<SecretKey> SecretKey::parse(std::string_view text) {
  TemporarySeed seed;
  if (auto parsed = identity::parse_key_string(text, seed.bytes); !parsed) return std::unexpected(parsed.error());
  return from_bytes(seed.bytes);
}

SecretKey::SecretKey(SecretKey&& other) noexcept : seed_(other.seed_), public_key_(other.public_key_) {
  crypto::wipe(other.seed_);
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this == &other) return *this;
  seed_ = other.seed_;
  public_key_ = other.public_key_;
  crypto::wipe(other.seed_);
  return *this;
}

SecretKey::~SecretKey() {
  crypto::wipe(seed_);
}

std::string SecretKey::to_hex() const {
  return base::to_hex(seed_);
}

Signature SecretKey::sign(std::span<const std::byte> message) const {
  return Signature(crypto::ed25519_sign(seed_, public_key_.bytes(), message));
}

Signature SecretKey::sign(std::string_view message) const {
  return sign(base::as_bytes(message));
}

bool operator==(const SecretKey& left, const SecretKey& right) noexcept {
  return crypto::constant_time_equal(left.seed_, right.seed_);
}

std::ostream& operator<<(std::ostream& out, const SecretKey&) {
  return out << "SecretKey(..)";
}

}  // namespace iroh
