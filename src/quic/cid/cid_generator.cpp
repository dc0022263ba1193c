// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/cid/cid_generator.hpp"

#include <algorithm>
#include <span>

#include "crypto/hmac.hpp"

namespace iroh::quic {
namespace {

constexpr std::size_t random_size = 3;

/// 3 bytes of nonce, then 5 of its keyed hash.
std::array<std::byte, CidGenerator::cid_size> with_hash(const CidGenerator::Key& key, ByteSpan nonce) {
  const auto hash = crypto::hmac_sha256(key, nonce);
  std::array<std::byte, CidGenerator::cid_size> result;
  std::ranges::copy(nonce, result.begin());
  std::copy_n(hash.begin(), result.size() - random_size, result.begin() + random_size);
  return result;
}

}  // namespace

CidGenerator::CidGenerator(base::Random& random) noexcept {
  random.fill(cid_key_);
  random.fill(reset_key_);
}

ConnectionId CidGenerator::generate(base::Random& random) const {
  std::array<std::byte, random_size> nonce;
  random.fill(nonce);
  return ConnectionId(with_hash(cid_key_, nonce));
}

bool CidGenerator::looks_ours(const ConnectionId& cid) const {
  if (cid.size() != cid_size) return false;
  return base::equal(cid.bytes(), with_hash(cid_key_, cid.bytes().first(random_size)));
}

ResetToken CidGenerator::reset_token(const ConnectionId& cid) const {
  const auto hash = crypto::hmac_sha256(reset_key_, cid.bytes());
  ResetToken token;
  std::copy_n(hash.begin(), token.size(), token.begin());
  return token;
}

}  // namespace iroh::quic
