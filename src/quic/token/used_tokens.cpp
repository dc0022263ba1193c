// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/token/used_tokens.hpp"

#include <cstring>
#include <utility>

namespace iroh::quic {

bool UsedTokens::use(Instant now, ByteSpan token) {
  if (now - since_ >= lifetime_) {
    // What the former half holds was used before since_, so it has expired.
    former_ = std::exchange(present_, {});
    since_ = now;
  }
  std::uint64_t key = 0;  // the first bytes are random, and ours: the token was authenticated
  std::memcpy(&key, token.data(), sizeof key);
  if (present_.contains(key) || former_.contains(key) || present_.size() >= remembered_max) return false;
  present_.insert(key);
  return true;
}

}  // namespace iroh::quic
