// SPDX-License-Identifier: MIT OR Apache-2.0
#include "pattern.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace iroh::interop {

std::vector<std::byte> pattern(std::uint64_t offset, std::size_t count) {
  constexpr std::uint64_t period = 251;
  std::vector<std::byte> out(count);
  std::uint64_t value = offset % period;
  for (std::byte& byte : out) {
    byte = static_cast<std::byte>(value);
    if (++value == period) value = 0;
  }
  return out;
}

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr);
}
Sha256::~Sha256() = default;
void Sha256::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::array<std::byte, 32> Sha256::digest() {
  std::array<std::byte, 32> out{};
  EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(out.data()), nullptr);
  return out;
}

std::string hex(std::span<const std::byte> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const std::byte byte : bytes) {
    out += digits[std::to_integer<unsigned>(byte) >> 4];
    out += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return out;
}

std::string sha256_of_pattern(std::uint64_t count) {
  constexpr std::uint64_t step = 251 * 256;
  const auto block = pattern(0, step);
  Sha256 hash;
  for (std::uint64_t done = 0; done < count; done += step) {
    hash.update(std::span(block).first(static_cast<std::size_t>(std::min(step, count - done))));
  }
  return hex(hash.digest());
}

std::vector<std::byte> count_and_hash(std::uint64_t count, std::span<const std::byte> hash) {
  std::vector<std::byte> out;
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>(count >> shift));
  out.insert(out.end(), hash.begin(), hash.end());
  return out;
}

}  // namespace iroh::interop
