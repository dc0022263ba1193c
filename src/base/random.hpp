// SPDX-License-Identifier: MIT OR Apache-2.0
// Randomness as the cores see it: a reference given at construction. crypto has the system's source, SeededRandom is
// for tests and simulations.
#pragma once

#include <array>
#include <cstdint>

#include "base/byte_span.hpp"

namespace iroh::base {

class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  virtual void fill(MutableByteSpan out) noexcept = 0;

  std::uint64_t next_u64() noexcept;
  /// Uniform in [0, bound); bound must not be 0.
  std::uint64_t below(std::uint64_t bound) noexcept;
  /// True with probability numerator / denominator.
  bool chance(std::uint64_t numerator, std::uint64_t denominator) noexcept { return below(denominator) < numerator; }
};

/// Reproducible (xoshiro256**): the same seed gives the same numbers everywhere. Not for keys.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) noexcept;
  void fill(MutableByteSpan out) noexcept override;

 private:
  std::uint64_t step() noexcept;
  std::array<std::uint64_t, 4> state_;
};

}  // namespace iroh::base
