// SPDX-License-Identifier: MIT OR Apache-2.0
// Hands out packet numbers. In the data space it leaves out one number of [0, 64), of [64, 128), of [128, 256) and so
// on: a peer that acknowledges one of them acknowledges what it has not received. [quic.md §6.7], [RFC 9000 §21.4]
#pragma once

#include <optional>

#include "base/random.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

class PacketNumberGenerator {
 public:
  /// Only the data space skips.
  PacketNumberGenerator(SpaceId space, base::Random& random);

  /// What next() will return.
  PacketNumber peek() const noexcept { return skip_ == next_ ? next_ + 1 : next_; }
  PacketNumber next(base::Random& random);
  /// The number left out just before the latest next(), reported once: it belongs to
  /// LossRecovery::on_packet_number_skipped() before the packet's own number.
  std::optional<PacketNumber> take_skipped() noexcept;

 private:
  void draw_skip(base::Random& random);

  PacketNumber next_ = 0;
  std::optional<PacketNumber> skip_;
  std::optional<PacketNumber> skipped_;
  unsigned exponent_;  // the next skip is drawn from [2^exponent_, 2^(exponent_ + 1))
};

}  // namespace iroh::quic
