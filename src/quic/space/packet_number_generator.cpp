// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/space/packet_number_generator.hpp"

#include <utility>

namespace iroh::quic {

namespace {
constexpr unsigned first_exponent = 6;  // the first skip lies below 2^6
constexpr unsigned exponent_max = 62;   // [RFC 9000 §12.3]
}  // namespace

PacketNumberGenerator::PacketNumberGenerator(SpaceId space, base::Random& random) : exponent_(first_exponent) {
  if (space == SpaceId::data) skip_ = random.below(std::uint64_t{1} << first_exponent);
}

PacketNumber PacketNumberGenerator::next(base::Random& random) {
  if (skip_ == next_) {
    skipped_ = next_++;
    draw_skip(random);
  }
  return next_++;
}

void PacketNumberGenerator::draw_skip(base::Random& random) {
  if (exponent_ >= exponent_max) {
    skip_.reset();
    return;
  }
  const auto begin = std::uint64_t{1} << exponent_++;
  skip_ = begin + random.below(begin);
  if (skip_ == next_) ++*skip_;  // never two in a row: take_skipped() has room for one
}

std::optional<PacketNumber> PacketNumberGenerator::take_skipped() noexcept {
  return std::exchange(skipped_, {});
}

}  // namespace iroh::quic
