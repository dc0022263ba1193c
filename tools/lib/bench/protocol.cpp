// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/bench/protocol.hpp"

namespace iroh::tools {

std::string encode_number(std::uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
  return bytes;
}

std::uint64_t decode_number(std::span<const std::byte> bytes, std::size_t offset) {
  std::uint64_t number = 0;
  for (const std::byte byte : bytes.subspan(offset, 8)) number = number << 8 | std::to_integer<std::uint64_t>(byte);
  return number;
}

std::string encode_usage(const Usage& usage) {
  return encode_number(static_cast<std::uint64_t>(usage.user.count())) +
         encode_number(static_cast<std::uint64_t>(usage.system.count())) + encode_number(usage.resident_bytes);
}

Usage decode_usage(std::span<const std::byte> bytes) {
  const auto time = [&](std::size_t offset) {
    return std::chrono::microseconds(static_cast<std::int64_t>(decode_number(bytes, offset)));
  };
  return {.user = time(0), .system = time(8), .resident_bytes = decode_number(bytes, 16)};
}

}  // namespace iroh::tools
