// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/wire/packet_number.hpp"

#include "base/varint.hpp"

namespace iroh::quic {

std::size_t packet_number_size(PacketNumber number, std::optional<PacketNumber> largest_acked) noexcept {
  const std::uint64_t range = 2 * (number - largest_acked.value_or(0));
  if (range < (std::uint64_t{1} << 8)) return 1;
  if (range < (std::uint64_t{1} << 16)) return 2;
  if (range < (std::uint64_t{1} << 24)) return 3;
  return 4;
}

PacketNumber expand_packet_number(std::uint64_t truncated, std::size_t size, PacketNumber expected_next) noexcept {
  const std::uint64_t window = std::uint64_t{1} << (8 * size);
  const std::uint64_t half_window = window / 2;
  const PacketNumber candidate = (expected_next & ~(window - 1)) | truncated;
  if (candidate + half_window <= expected_next && candidate <= base::varint_max - window) return candidate + window;
  if (candidate > expected_next + half_window && candidate >= window) return candidate - window;
  return candidate;
}

}  // namespace iroh::quic
