// SPDX-License-Identifier: MIT OR Apache-2.0
// Connection ids that an endpoint recognizes as its own without remembering them: 3 random bytes and 5 bytes of a keyed
// hash of them. And the reset token of a connection id. [quic.md §6.3], [RFC 9000 §10.3.2]
#pragma once

#include <array>
#include <cstddef>

#include "base/random.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

class CidGenerator {
 public:
  static constexpr std::size_t cid_size = 8;
  using Key = std::array<std::byte, 32>;

  /// Keys are new with every start: resets do not survive one. [quic.md §6.3]
  explicit CidGenerator(base::Random& random) noexcept;
  CidGenerator(const Key& cid_key, const Key& reset_key) noexcept : cid_key_(cid_key), reset_key_(reset_key) {}

  ConnectionId generate(base::Random& random) const;
  /// False for ids that this generator cannot have made; true by accident for one in 2^40 others.
  bool looks_ours(const ConnectionId& cid) const;
  ResetToken reset_token(const ConnectionId& cid) const;

 private:
  Key cid_key_;
  Key reset_key_;
};

}  // namespace iroh::quic
