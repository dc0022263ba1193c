// SPDX-License-Identifier: MIT OR Apache-2.0
// Pattern bytes (byte i is i mod 251) and SHA-256 over what passes by.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace iroh::interop {

/// The pattern from byte offset on.
std::vector<std::byte> pattern(std::uint64_t offset, std::size_t count);

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(std::span<const std::byte> bytes);
  std::array<std::byte, 32> digest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string hex(std::span<const std::byte> bytes);
std::string sha256_of_pattern(std::uint64_t count);
/// The answer of the sink service: 8-byte big-endian count, then the hash.
std::vector<std::byte> count_and_hash(std::uint64_t count, std::span<const std::byte> hash);

}  // namespace iroh::interop
