// SPDX-License-Identifier: MIT OR Apache-2.0
// Which NEW_TOKEN tokens have been used: each counts once, or a thief of one could have us flood an address.
// [RFC 9000 §8.1.4]
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_set>

#include "quic/types.hpp"

namespace iroh::quic {

class UsedTokens {
 public:
  /// Per half of the memory. Without the bound clients that come again and again fill memory; when it is reached no
  /// token counts until the older half has expired, which costs those clients nothing but their head start.
  static constexpr std::size_t remembered_max = 32 * 1024;

  /// A token older than the lifetime is not asked about.
  explicit UsedTokens(Duration lifetime) noexcept : lifetime_(lifetime) {}

  /// False if the token was used before, or may have been. token: one that we made.
  bool use(Instant now, ByteSpan token);

  std::size_t remembered() const noexcept { return present_.size() + former_.size(); }

 private:
  Duration lifetime_;
  Instant since_{};  // start of the present half
  std::unordered_set<std::uint64_t> present_;
  std::unordered_set<std::uint64_t> former_;  // at least as old as since_
};

}  // namespace iroh::quic
