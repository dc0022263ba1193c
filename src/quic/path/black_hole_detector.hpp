// SPDX-License-Identifier: MIT OR Apache-2.0
// Tells from losses whether a path has stopped carrying large packets. [quic.md §7.6]
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "quic/types.hpp"

namespace iroh::quic {

class BlackHoleDetector {
 public:
  /// More suspicious bursts than this make a black hole.
  static constexpr std::size_t bursts_tolerated = 3;

  explicit BlackHoleDetector(std::uint16_t harmless_size) noexcept : harmless_size_(harmless_size) {}

  /// A packet arrived: large ones sent before it were not lost because of their size.
  void on_acked(PacketNumber pn, std::uint16_t size) noexcept;
  /// Numbers ascend.
  void on_lost(PacketNumber pn, std::uint16_t size) noexcept;
  /// Judges what on_lost() has reported; true if the path is a black hole. Then everything is forgotten.
  bool is_black_hole() noexcept;

 private:
  struct Burst {
    PacketNumber last = 0;
    std::uint16_t smallest = 0;
  };
  struct Acked {
    PacketNumber pn = 0;
    std::uint16_t size = 0;
  };
  static bool clears(const std::optional<Acked>& acked, const Burst& burst) noexcept {
    return acked && acked->pn > burst.last && acked->size >= burst.smallest;
  }
  bool is_suspicious(const Burst& burst) const noexcept;
  void finish_burst() noexcept;

  std::uint16_t harmless_size_;
  std::optional<Acked> largest_acked_;  // by size, then by number
  std::optional<Acked> newest_acked_;   // by number, among the large ones
  std::optional<Burst> open_burst_;
  std::array<Burst, bursts_tolerated + 1> bursts_{};
  std::size_t count_ = 0;
};

}  // namespace iroh::quic
