// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/hash_seq.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/byte_span.hpp"

namespace iroh {

HashSeq::HashSeq(std::span<const Hash> hashes) {
  std::string text;
  text.reserve(hashes.size() * Hash::size);
  for (const Hash& hash : hashes) text += base::as_text(hash.bytes());
  bytes_ = Bytes::from_string(std::move(text));
}

Result<HashSeq> HashSeq::from_bytes(Bytes bytes) {
  // [blobs.md 6]
  if (bytes.size() % Hash::size != 0) return std::unexpected(make_error_code(BlobError::invalid_hash_seq));
  return HashSeq(std::move(bytes));
}

std::optional<Hash> HashSeq::at(std::size_t index) const noexcept {
  if (index >= size()) return std::nullopt;
  std::array<std::byte, Hash::size> hash;
  std::ranges::copy(bytes_.span().subspan(index * Hash::size, Hash::size), hash.begin());
  return Hash(hash);
}

std::vector<Hash> HashSeq::hashes() const {
  std::vector<Hash> hashes;
  hashes.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) hashes.push_back(*at(i));
  return hashes;
}

}  // namespace iroh
